import { type Duplex, PassThrough } from 'node:stream';
import t from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { FailedTry } from '../../src/model/flow.ts';
import type { DialHandlers } from '../../src/model/transport.ts';
import { type DialOwner, TcpDial } from '../../src/proxy/tcp-dial.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { endpointAt, SETTINGS } from '../fixtures/tcp-rig.ts';

/** Whom a dial works for: it writes down what it is told. */
class Owner implements DialOwner {
  readonly failed: FailedTry[] = [];
  tookMs: number | undefined;
  readonly #endpoints: readonly Endpoint[] = [endpointAt(1), endpointAt(2)];

  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined {
    return this.#endpoints.find(({ key }) => !tried.has(key));
  }

  hasUntried(tried: ReadonlySet<string>): boolean {
    return this.nextEndpoint(tried) !== undefined;
  }

  tryFailed(failed: FailedTry): void {
    this.failed.push(failed);
  }

  dialed(_stream: Duplex, elapsedMs: number): void {
    this.tookMs = elapsedMs;
  }

  dialSlow(): void {}

  dialFailed(): void {}
}

t.test('what a dial took is what the try took that succeeded, without those before', async (t) => {
  const clock = new FakeClock(5);
  const handlers: DialHandlers[] = [];
  const transport = {
    name: 'direct' as const,
    dialTcp: (_endpoint: Endpoint, handler: DialHandlers) => {
      handlers.push(handler);
      return { cancel() {} };
    },
  };
  const owner = new Owner();
  new TcpDial(clock, transport, SETTINGS.connect, owner).start();
  clock.advance(30);
  handlers[0]?.failed(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  t.match(owner.failed, [{ errno: 'ECONNREFUSED', elapsedMs: 30 }]);
  clock.advance(7);
  handlers[1]?.connected(new PassThrough());
  t.equal(owner.tookMs, 7);
});
