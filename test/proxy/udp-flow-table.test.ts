import fc from 'fast-check';
import t from 'tap';
import { type TableEntry, UdpFlowTable } from '../../src/proxy/udp-flow-table.ts';

interface Entry extends TableEntry<Entry> {}

t.test('a table behaves as a map by port, address and endpoint, and finds some entry of a client', async (t) => {
  const client = fc.record({
    port: fc.integer({ min: 1, max: 4 }),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
    endpoint: fc.constantFrom('a', 'b'),
  });
  const steps = fc.array(fc.record({ client, add: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (steps) => {
      const table = new UdpFlowTable<Entry>();
      const model = new Map<string, Entry>();
      for (const { client, add } of steps) {
        const { port, address, endpoint } = client;
        const key = `${port} ${address} ${endpoint}`;
        const known = model.get(key);
        if (add && known === undefined) {
          const entry = entryOf(port, address, endpoint);
          model.set(key, entry);
          table.add(entry);
        } else if (!add && known !== undefined) {
          model.delete(key);
          table.remove(known);
          table.remove(known);
        }
        if (table.find(port, address, endpoint) !== model.get(key) || table.size !== model.size) return false;
        const some = table.get(port, address);
        const hasAny = ['a', 'b'].some((other) => model.has(`${port} ${address} ${other}`));
        if ((some !== undefined) !== hasAny || (some && some.peerAddress !== address)) return false;
      }
      return new Set(table).symmetricDifference(new Set(model.values())).size === 0;
    }),
  );
  t.pass('for every sequence of steps');
});

t.test('entries may be removed while they are gone through', async (t) => {
  const table = new UdpFlowTable<Entry>();
  for (const peerAddress of ['a', 'b', 'c']) table.add(entryOf(1, peerAddress, 'x'));
  for (const entry of table) table.remove(entry);
  t.equal(table.size, 0);
});

function entryOf(clientPort: number, peerAddress: string, key: string): Entry {
  return { peerAddress, clientPort, endpoint: { key }, next: undefined };
}
