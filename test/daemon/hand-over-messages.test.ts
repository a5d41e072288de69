import t from 'tap';
import { isPredecessorMessage, isSuccessorMessage } from '../../src/daemon/hand-over-messages.ts';
import { stateMessages } from '../../src/daemon/state-messages.ts';
import type { SoftState } from '../../src/model/soft-state.ts';

t.test('a message is taken when it is whole, whatever else it has', async (t) => {
  const cases: readonly [string, unknown, boolean][] = [
    ['hello', { type: 'hello', protocol: 1, version: '1.0.0', pid: 7 }, true],
    ['with more', { type: 'serving', since: 7 }, true],
    ['without a field', { type: 'hello', protocol: 1 }, false],
    ['a field of another type', { type: 'take', name: 7 }, false],
    ['an unknown type', { type: 'nonsense' }, false],
    ['a type that every object has', { type: 'constructor' }, false],
    ['no type', {}, false],
    ['no object', 'hello', false],
    ['nothing', undefined, false],
  ];
  for (const [name, message, expected] of cases) t.equal(isSuccessorMessage(message), expected, name);
});

t.test('soft state is cut into messages that are whole, the last one of which says so', async (t) => {
  const row = { servicePort: 'a/b:c/TCP/IPv4', client: '10.0.0.1', endpoint: '10.1.0.1:80', idleMs: 1 };
  const state: SoftState = {
    affinity: Array.from({ length: 4_100 }, () => row),
    suspects: [{ ...row, cause: 'ECONNREFUSED', failures: 3, times: 1, forMs: 100, leftMs: 50 }],
    quarantine: [{ servicePort: row.servicePort, endpoint: row.endpoint }],
    udpFlows: [{ frontend: 'f', address: '10.0.0.1', port: 7, endpoint: row.endpoint }],
  };
  const messages = [...stateMessages(state)];
  t.ok(messages.every(isPredecessorMessage));
  t.same(
    messages.map(({ affinity }) => affinity.length),
    [2_000, 2_000, 100, 0, 0, 0, 0],
  );
  t.same(
    messages.map(({ last }) => last),
    [false, false, false, false, false, false, true],
  );
  t.notOk(isPredecessorMessage({ ...messages[0], affinity: [{ ...row, idleMs: 'long' }] }));
  t.notOk(isPredecessorMessage({ ...messages[0], quarantine: {} }));
});
