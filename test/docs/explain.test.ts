import { readFileSync } from 'node:fs';
import t from 'tap';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Sections of the golden file by their titles. */
function goldenCases(): ReadonlyMap<string, string> {
  const sections = read('test/fixtures/explain-golden.txt').split(/^# /m).slice(1);
  return new Map(
    sections.map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1).trim()]),
  );
}

t.test('the examples of docs/explain.md are what the command prints', async (t) => {
  const golden = goldenCases();
  const examples = [...read('docs/explain.md').matchAll(/^<!-- case: (.*) -->\n```\n([\s\S]*?)```$/gm)];
  t.ok(examples.length >= 3);
  for (const [, name = '', text = ''] of examples) t.equal(text.trim(), golden.get(name) ?? 'no such case', name);
});

t.test('every step that is printed is in its table', async (t) => {
  const doc = read('docs/explain.md');
  const steps = new Set(
    [...read('test/fixtures/explain-golden.txt').matchAll(/^\d+ +([a-z]+) /gm)].map(([, name = '']) => name),
  );
  t.ok(steps.size >= 8);
  for (const step of steps) t.match(doc, new RegExp(`^\\| \`${step}\` \\|`, 'm'), step);
});
