import t from 'tap';
import { FlowRegistry, type LiveTcpFlow } from '../../src/proxy/flow-registry.ts';
import { IdleSweeper } from '../../src/proxy/idle-sweeper.ts';
import { flowOf } from '../fixtures/flows.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { SETTINGS } from '../fixtures/tcp-rig.ts';

let made = 0;

t.test('keep-alive is for flows that live when the sweeper comes by, some at a time', async (t) => {
  const { clock, flows, kept, sweeper } = rig();
  for (let i = 0; i < 450; i++) flows.tcp.add(flow(kept));
  clock.advance(4999);
  t.equal(kept.length, 0);
  clock.advance(1);
  t.equal(kept.length, 200);
  clock.advance(50);
  t.equal(kept.length, 400);
  clock.advance(50);
  t.equal(kept.length, 450);
  flows.tcp.add(flow(kept));
  clock.advance(4899);
  t.equal(kept.length, 450, 'it comes by every five seconds');
  clock.advance(1);
  t.equal(kept.length, 451);
  for (let i = 0; i < 450; i++) flows.tcp.add(flow(kept));
  clock.advance(5000);
  sweeper.close();
  clock.advance(60_000);
  t.equal(kept.length, 651, 'closed');
});

t.test('TCP flows are asked whether they are idle only where there is a time-out', async (t) => {
  for (const [idleTimeoutMs, asked] of [
    [0, []],
    [8000, [2000, 4000]],
  ] as const) {
    const { clock, flows, sweeper } = rig(idleTimeoutMs);
    const times: number[] = [];
    flows.tcp.add({ ...flow([]), checkIdle: (nowMs) => void times.push(nowMs) });
    clock.advance(5000);
    sweeper.close();
    t.strictSame(times, asked);
  }
});

function rig(idleTimeoutMs = 0) {
  const clock = new SteppedClock();
  const flows = new FlowRegistry();
  const settings = { ...SETTINGS, limits: { ...SETTINGS.limits, idleTimeoutMs } };
  return { clock, flows, kept: [] as unknown[], sweeper: new IdleSweeper({ clock, flows, settings }) };
}

/** It is written to `kept` when its keep-alive is switched on. */
function flow(kept: unknown[]): LiveTcpFlow {
  let isKept = false;
  made += 1;
  return {
    ...flowOf({ id: `c-${made}` }),
    checkIdle() {},
    finish() {},
    keepAlive() {
      if (isKept) return false;
      isKept = true;
      kept.push(this);
      return true;
    },
  };
}
