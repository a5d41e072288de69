import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';

const ROOT = resolve(import.meta.dirname, '../..');
const HEADER = '| Rule | In `src/` | Shown in `test/` |';

const rules = rulesOf(readFileSync(join(ROOT, 'docs/semantics.md'), 'utf8'));

t.test('docs/semantics.md has rules, and each of them a file and a test', async (t) => {
  t.ok(rules.length > 100);
  t.same(
    rules.filter(({ files, tests }) => files.length === 0 || tests.length === 0),
    [],
  );
});

t.test('every file and every test that docs/semantics.md names exists', async (t) => {
  const named = new Set(rules.flatMap(({ files, tests }) => [...inFolder('src', files), ...inFolder('test', tests)]));
  t.same(
    [...named].filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

interface Rule {
  readonly rule: string;
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** The rows of the tables that map rules. */
function rulesOf(text: string): readonly Rule[] {
  const tables = text.split(HEADER).slice(1);
  return tables.flatMap((table) =>
    table
      .split('\n\n', 1)
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map(ruleOf),
  );
}

function ruleOf(line: string): Rule {
  const cells = line.split(' | ');
  const [files = '', tests = ''] = cells.slice(-2);
  return { rule: cells.slice(0, -2).join(' | ').slice(2), files: pathsOf(files), tests: pathsOf(tests) };
}

function pathsOf(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, path]) => path ?? []);
}

function inFolder(folder: string, paths: readonly string[]): readonly string[] {
  return paths.map((path) => `${folder}/${path}`);
}
