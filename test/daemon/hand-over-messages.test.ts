import t from 'tap';
import { interventionRows } from '../../src/daemon/hand-on-interventions.ts';
import { isPredecessorMessage, isSuccessorMessage } from '../../src/daemon/hand-over-messages.ts';
import { stateMessages } from '../../src/daemon/state-messages.ts';
import type { HandedOn } from '../../src/model/soft-state.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { booksOf, faultOf, overrideOf } from '../fixtures/interventions.ts';

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
  const books = booksOf(new FakeClock());
  books.overrides.set(overrideOf('localhost:3000', { match: '20%,src=10.0.0.0/8', port: '53/udp' }), 60_000);
  books.faults.set(faultOf({ latency: '300ms' }), 60_000);
  const row = { servicePort: 'a/b:c/TCP/IPv4', client: '10.0.0.1', endpoint: '10.1.0.1:80', idleMs: 1 };
  const state: HandedOn = {
    affinity: Array.from({ length: 4_100 }, () => row),
    suspects: [{ ...row, cause: 'ECONNREFUSED', failures: 3, times: 1, forMs: 100, leftMs: 50 }],
    quarantine: [{ servicePort: row.servicePort, endpoint: row.endpoint }],
    udpFlows: [{ frontend: 'f', address: '10.0.0.1', port: 7, endpoint: row.endpoint }],
    ...interventionRows(books),
    lent: Array.from({ length: 2_001 }, (_, i) => `TCP 127.0.0.1:${i} worker 1`),
  };
  const messages = [...stateMessages(state)];
  t.ok(messages.every(isPredecessorMessage));
  t.match(messages[0], { type: 'interventions', overrides: { length: 1 }, faults: { length: 1 } });
  const lent = messages.filter((message) => message.type === 'lent');
  t.same(
    lent.map(({ sockets }) => sockets.length),
    [2_000, 1],
  );
  t.same(lent[0]?.sockets[0], { name: 'TCP 127.0.0.1:0 worker 1' });
  const parts = messages.filter((message) => message.type === 'state');
  t.same(
    parts.map(({ affinity }) => affinity.length),
    [2_000, 2_000, 100, 0, 0, 0, 0],
  );
  t.same(
    parts.map(({ last }) => last),
    [false, false, false, false, false, false, true],
  );
  t.notOk(isPredecessorMessage({ ...parts[0], affinity: [{ ...row, idleMs: 'long' }] }));
  t.notOk(isPredecessorMessage({ ...parts[0], quarantine: {} }));
});
