import t from 'tap';
import { createPatientTransport } from '../../../src/cli/forward/patient-transport.ts';
import type { DialHandlers } from '../../../src/model/transport.ts';
import { TransportError } from '../../../src/transport/apiserver/transport-error.ts';
import { endpointOf } from '../../fixtures/balancing.ts';
import { SteppedClock } from '../../fixtures/kubernetes-clock.ts';

function setUp() {
  const clock = new SteppedClock();
  const dials: DialHandlers[] = [];
  const inner = {
    name: 'apiserver' as const,
    dialTcp: (_: unknown, handlers: DialHandlers) => {
      dials.push(handlers);
      return { cancel: () => {} };
    },
  };
  const failures: Error[] = [];
  const dial = createPatientTransport(inner, clock, () => 0.5).dialTcp(endpointOf('10.0.0.1:80'), {
    connected: () => {},
    failed: (error) => failures.push(error),
  });
  return { clock, dials, failures, dial };
}

t.test('a dial is made again while the API server is away, until it is given up', (t) => {
  const { clock, dials, failures, dial } = setUp();
  dials[0]?.failed(new TransportError('ENETUNREACH', 'away', { isApi: true }));
  clock.advance(1000);
  t.equal(dials.length, 2);
  dials[1]?.failed(new TransportError('EAGAIN', 'busy', { isApi: true }));
  dial.cancel();
  clock.advance(10_000);
  t.equal(dials.length, 2);
  t.same(failures, []);
  t.end();
});

t.test('what the pod says is passed on at once, and so is a right that is missing', (t) => {
  for (const error of [new TransportError('ECONNREFUSED', 'no'), new TransportError('EACCES', 'no', { isApi: true })]) {
    const { dials, failures } = setUp();
    dials[0]?.failed(error);
    t.same(failures, [error]);
  }
  t.end();
});

t.test('a dial that a breaking tunnel takes with it is made again, twice', (t) => {
  const { clock, dials, failures } = setUp();
  const cut = new TransportError('ECONNRESET', 'the tunnel broke');
  for (const index of [0, 1]) {
    dials[index]?.failed(cut);
    clock.advance(1000);
  }
  t.equal(dials.length, 3);
  t.same(failures, []);
  dials[2]?.failed(cut);
  t.same(failures, [cut]);
  t.end();
});
