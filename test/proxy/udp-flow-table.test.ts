import fc from 'fast-check';
import t from 'tap';
import { type TableEntry, UdpFlowTable } from '../../src/proxy/udp-flow-table.ts';

interface Entry extends TableEntry<Entry> {}

t.test('a table behaves as a map by port and address', async (t) => {
  const client = fc.record({
    port: fc.integer({ min: 1, max: 4 }),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
  });
  const steps = fc.array(fc.record({ client, add: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (steps) => {
      const table = new UdpFlowTable<Entry>();
      const model = new Map<string, Entry>();
      for (const { client, add } of steps) {
        const key = `${client.port} ${client.address}`;
        const known = model.get(key);
        if (add && known === undefined) {
          const entry: Entry = { peerAddress: client.address, clientPort: client.port, next: undefined };
          model.set(key, entry);
          table.add(entry);
        } else if (!add && known !== undefined) {
          model.delete(key);
          table.remove(known);
          table.remove(known);
        }
        if (table.get(client.port, client.address) !== model.get(key) || table.size !== model.size) return false;
      }
      return new Set(table).symmetricDifference(new Set(model.values())).size === 0;
    }),
  );
  t.pass('for every sequence of steps');
});

t.test('entries may be removed while they are gone through', async (t) => {
  const table = new UdpFlowTable<Entry>();
  for (const peerAddress of ['a', 'b', 'c']) table.add({ peerAddress, clientPort: 1, next: undefined });
  for (const entry of table) table.remove(entry);
  t.equal(table.size, 0);
});
