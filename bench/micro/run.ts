/**
 * Times of the pure and hot parts, in this process. usage: npm run bench:micro
 */

import { median } from '../load/samples.ts';
import { writeSection } from '../page.ts';
import { writeResult } from '../results.ts';
import { type ExplainFigures, measureExplain } from './explain.ts';
import { type HistoryFigures, measureHistory } from './history.ts';
import { timeRouting } from './routing.ts';
import type { Timing } from './stopwatch.ts';
import { timeStructures } from './structures.ts';
import { measureScrapes, type ScrapeFigures, timeTelemetry } from './telemetry.ts';

const UNITS: readonly (readonly [ns: number, unit: string])[] = [
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

const timings = [...timeRouting(), ...timeStructures(), ...timeTelemetry()];
const scrapes = await measureScrapes();
const history = await measureHistory();
const explained = await measureExplain();
const figures = [
  ...timings.map(line),
  ...scrapes.map(scrapeLine),
  ...historyLines(history),
  ...explained.map(explainLine),
];
const table = ['| what | median (least–most) |', '| --- | --- |', ...figures].join('\n');
console.log(table);
console.log(
  `\nwritten: ${writeResult('micro', { node: process.versions.node, timings, scrapes, history, explained })}`,
);
writeSection('micro', table);

function line({ name, medianNs, minNs, maxNs }: Timing): string {
  const [ns, unit] = UNITS.find(([size]) => medianNs >= size) ?? [1, 'ns'];
  const text = (value: number): string => (value / ns).toFixed(medianNs / ns < 10 ? 2 : 0);
  return `| ${name} | ${text(medianNs)} ${unit} (${text(minNs)}–${text(maxNs)}) |`;
}

function scrapeLine({ name, ms, cpuMs, blockMs, megabytes }: ScrapeFigures): string {
  const title = `/metrics at 10000 Services of 10 endpoints, ${name}: ${megabytes.toFixed(1)} MB`;
  const block = `${median(blockMs).toFixed(1)} ms (${blockMs[0]?.toFixed(1)}–${blockMs.at(-1)?.toFixed(1)})`;
  return `| ${title} | ${ms.toFixed(0)} ms, of it processor ${cpuMs.toFixed(0)} ms; longest block ${block} |`;
}

function historyLines({ megabytes, tables }: HistoryFigures): readonly string[] {
  const lines = tables.map(({ revisionsAgo, ms, longestStepMs }) => {
    return `| the table ${revisionsAgo} revisions ago, made again | ${ms.toFixed(1)} ms; longest step ${longestStepMs.toFixed(1)} ms |`;
  });
  return [`| memory of 100000 revisions, at 10000 Services | ${megabytes.toFixed(0)} MB |`, ...lines];
}

function explainLine({ name, ms, worstMs }: ExplainFigures): string {
  return `| explain through the API at 10000 Services of 10 endpoints: ${name} | ${ms.toFixed(1)} ms (worst ${worstMs.toFixed(1)}) |`;
}
