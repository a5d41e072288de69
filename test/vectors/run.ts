/**
 * Runs the conformance vectors: every case of every JSON file of a folder, through the functions of the product.
 *
 * usage: node test/vectors/run.ts, with VECTORS_DIR for another folder than this one. Prints passed and failed for each
 * file with the names of those that failed, then `N passed, N failed`; exits 1 on any failure or unknown kind.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordOf, recordsOf, stringOf } from './kinds/json-fields.ts';
import { RUNNERS } from './registry.ts';
import type { VectorCase, VectorRunner } from './vector-case.ts';

interface FileResult {
  readonly passed: number;
  readonly failures: readonly string[];
}

const folder = process.env.VECTORS_DIR || import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
let passed = 0;
let failed = files.length === 0 ? 1 : 0;
for (const file of files.sort()) {
  const result = await runFile(join(folder, file));
  console.log(`${file}: ${result.passed} passed, ${result.failures.length} failed`);
  for (const failure of result.failures) console.log(`  ${failure}`);
  passed += result.passed;
  failed += result.failures.length;
}
if (files.length === 0) console.log(`no JSON file in ${folder}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function runFile(path: string): Promise<FileResult> {
  const content = read(path);
  const kind = stringOf(content.kind);
  const run = RUNNERS.get(kind);
  if (!run) return { passed: 0, failures: [`unknown kind ${JSON.stringify(content.kind)}`] };
  const failures: string[] = [];
  const cases = recordsOf(content.cases);
  for (const raw of cases) {
    const mismatches = await runCase(run, caseOf(raw));
    if (mismatches.length > 0)
      failures.push(`${stringOf(raw.name)}\n${mismatches.map((line) => `    ${line}`).join('\n')}`);
  }
  return { passed: cases.length - failures.length, failures };
}

function read(path: string): VectorCase['input'] {
  try {
    return recordOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    return { kind: `unreadable: ${error}` };
  }
}

async function runCase(run: VectorRunner, testCase: VectorCase): Promise<string[]> {
  try {
    return await run(testCase);
  } catch (error) {
    return [`threw ${error instanceof Error ? error.stack : error}`];
  }
}

function caseOf(raw: VectorCase['input']): VectorCase {
  const gates = Object.entries(recordOf(raw.features)).filter(
    (entry): entry is [string, boolean] => typeof entry[1] === 'boolean',
  );
  return {
    name: stringOf(raw.name),
    input: recordOf(raw.input),
    expect: recordOf(raw.expect),
    features: Object.fromEntries(gates),
  };
}
