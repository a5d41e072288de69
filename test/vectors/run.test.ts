import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const RUN = join(import.meta.dirname, 'run.ts');

function run(folder?: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const env = { ...process.env, VECTORS_DIR: folder ?? '' };
  const { status, stdout } = spawnSync(process.execPath, [RUN], { env, encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

t.test('every vector passes, and the last line has the counts', async (t) => {
  const { status, lines } = run();
  t.equal(status, 0);
  t.match(lines.at(-1), /^[1-9]\d* passed, 0 failed$/);
});

t.test('a wrong expectation, an unknown kind and an unreadable file fail, by name', async (t) => {
  const folder = t.testdir();
  mkdirSync(folder, { recursive: true });
  const flows = JSON.parse(readFileSync(join(import.meta.dirname, 'flows.json'), 'utf8'));
  flows.cases = flows.cases.slice(0, 2);
  flows.cases[1].expect.flows[0].action = 'reject';
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows));
  writeFileSync(join(folder, 'future.json'), JSON.stringify({ kind: 'quic-flows', cases: [] }));
  writeFileSync(join(folder, 'torn.json'), '{"kind": ');
  const { status, lines } = run(folder);
  t.equal(status, 1);
  t.ok(lines.includes('flows.json: 1 passed, 1 failed'));
  t.ok(lines.some((line) => line.includes(flows.cases[1].name)));
  t.ok(lines.some((line) => line.includes('expected "reject", got "forward"')));
  t.ok(lines.some((line) => line.includes('unknown kind "quic-flows"')));
  t.equal(lines.at(-1), '1 passed, 3 failed');
});

t.test('a folder without vectors is a failure', async (t) => {
  const { status, lines } = run(t.testdir());
  t.equal(status, 1);
  t.equal(lines.at(-1), '0 passed, 1 failed');
});
