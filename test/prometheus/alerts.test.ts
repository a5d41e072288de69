import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { promtool } from './tools.ts';

const RULES = join(import.meta.dirname, '../../config/alerts.yaml');
const CASES = join(import.meta.dirname, 'alerts.test.yaml');

t.test('promtool accepts the rules', async (t) => {
  const { status, output } = promtool(['check', 'rules', RULES]);
  t.equal(status, 0, output);
  t.match(output, 'SUCCESS');
});

t.test('the rules fire when they should, and only then', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-rules-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  copyFileSync(CASES, join(folder, 'cases.yaml'));
  copyFileSync(RULES, join(folder, 'alerts.yaml'));
  const { status, output } = promtool(['test', 'rules', 'cases.yaml'], { cwd: folder });
  t.equal(status, 0, output);
  const rules = readFileSync(RULES, 'utf8');
  for (const [from, to] of [['> 0.05', '> 0.5'] as const, ['> 60', '> 6000'] as const]) {
    t.ok(rules.includes(from));
    writeFileSync(join(folder, 'alerts.yaml'), rules.replaceAll(from, to));
    t.not(promtool(['test', 'rules', 'cases.yaml'], { cwd: folder }).status, 0, `${to} would be noticed`);
  }
});

t.test('every rule has a case', async (t) => {
  const cases = readFileSync(CASES, 'utf8');
  const names = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\S+)/g)].map(([, name = '']) => name);
  t.ok(names.length > 10);
  for (const name of names) t.match(cases, name);
});
