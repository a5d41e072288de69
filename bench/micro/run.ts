/**
 * Times of the pure and hot parts, in this process. usage: npm run bench:micro
 */

import { writeSection } from '../page.ts';
import { writeResult } from '../results.ts';
import { timeRouting } from './routing.ts';
import type { Timing } from './stopwatch.ts';
import { timeStructures } from './structures.ts';

const UNITS: readonly (readonly [ns: number, unit: string])[] = [
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

const timings = [...timeRouting(), ...timeStructures()];
const table = ['| what | median (least–most) |', '| --- | --- |', ...timings.map(line)].join('\n');
console.log(table);
console.log(`\nwritten: ${writeResult('micro', { node: process.versions.node, timings })}`);
writeSection('micro', table);

function line({ name, medianNs, minNs, maxNs }: Timing): string {
  const [ns, unit] = UNITS.find(([size]) => medianNs >= size) ?? [1, 'ns'];
  const text = (value: number): string => (value / ns).toFixed(medianNs / ns < 10 ? 2 : 0);
  return `| ${name} | ${text(medianNs)} ${unit} (${text(minNs)}–${text(maxNs)}) |`;
}
