import { readFileSync } from 'node:fs';
import t from 'tap';
import { FLOW_ENDS, SHED_REASONS } from '../../src/model/flow.ts';
import { PROBLEM_CODES } from '../../src/model/problem.ts';
import { AVOIDANCE_CODES, DECISION_CODES, EXCLUSION_CODES } from '../../src/routing/codes.ts';

const text = readFileSync(new URL('../../docs/codes.md', import.meta.url), 'utf8');

const TABLES: readonly (readonly [heading: string, codes: Readonly<Record<string, string>>])[] = [
  ['Decisions', DECISION_CODES],
  ['Exclusions', EXCLUSION_CODES],
  ['Endpoints that the data plane avoids', AVOIDANCE_CODES],
  ['Problems', PROBLEM_CODES],
  ['Ends of flows', FLOW_ENDS],
  ['Reasons of shed flows', SHED_REASONS],
];

for (const [heading, codes] of TABLES) {
  t.test(`docs/codes.md: "${heading}" has every code with its meaning, and no other`, async (t) => {
    const [, section = ''] = text.split(`## ${heading}\n`);
    const [table = ''] = section.split('\n## ');
    const rows = [...table.matchAll(/^\| `([\w-]+)` \| ([^|]+?) \|/gm)].map(([, code, meaning]) => [code, meaning]);
    t.same(rows, Object.entries(codes));
  });
}

t.test('no code is of two tables', async (t) => {
  const all = TABLES.flatMap(([, codes]) => Object.keys(codes));
  t.equal(new Set(all).size, all.length);
});
