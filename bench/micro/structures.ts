/**
 * Structures of hot paths: the flow table of a UDP listener, and the persistent map.
 */

import { diffMaps, emptyMap } from '../../src/lib/persistent-map.ts';
import { type TableEntry, UdpFlowTable } from '../../src/proxy/udp-flow-table.ts';
import { type Timing, time } from './stopwatch.ts';

const FLOWS = 5_000;
const KEYS = 10_000;
const FIRST_PORT = 20_000;

interface Entry extends TableEntry<Entry> {
  readonly endpoint: { readonly key: string };
  next: Entry | undefined;
}

export function timeStructures(): readonly Timing[] {
  return [timeFlowLookup(), ...timePersistentMap()];
}

function timeFlowLookup(): Timing {
  const flows = new UdpFlowTable<Entry>();
  const endpoint = { key: '10.244.1.7:53' };
  for (let index = 0; index < FLOWS; index++) {
    flows.add({ peerAddress: '10.244.1.9', clientPort: FIRST_PORT + index, endpoint, next: undefined });
  }
  // Each datagram brings a new string, as a socket does.
  const addresses = Array.from({ length: 1024 }, () => ['10', '244', '1', '9'].join('.'));
  return time(`UDP flow look-up, ${FLOWS} flows`, (index) =>
    flows.get(FIRST_PORT + ((index * 7) % FLOWS), addresses[index & 1023] ?? ''),
  );
}

function timePersistentMap(): readonly Timing[] {
  const keys = Array.from({ length: KEYS }, (_, index) => `shop/service-${index}`);
  const full = keys.reduce((map, key) => map.set(key, key), emptyMap<string>());
  const changed = full.set('shop/service-17', 'changed');
  const keyAt = (index: number): string => keys[(index * 7) % KEYS] ?? '';
  return [
    time(`persistent map of ${KEYS}: get`, (index) => full.get(keyAt(index))),
    time(`persistent map of ${KEYS}: set`, (index) => full.set(keyAt(index), `${index}`)),
    time(`persistent map of ${KEYS}: difference of one`, () => {
      let visited = 0;
      diffMaps(full, changed, () => {
        visited += 1;
      });
      return visited;
    }),
  ];
}
