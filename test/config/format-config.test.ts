import { readFileSync } from 'node:fs';
import t from 'tap';
import { formatConfig, writeDefaults } from '../../src/config/format-config.ts';
import { configOf } from '../fixtures/config.ts';

t.test('a configuration written as a file resolves to the same', (t) => {
  const text = readFileSync(new URL('../fixtures/config-full.yaml', import.meta.url), 'utf8');
  for (const file of [{ path: 'full.yaml', text }, undefined]) {
    const env = { HOME: '/home/ada' };
    const config = configOf({ file, env });
    t.same(configOf({ file: { path: 'again.yaml', text: formatConfig(config) }, env }), config);
  }
  t.end();
});

t.test('the defaults of a mode written as a file change nothing', (t) => {
  for (const mode of ['dev', 'node'] as const) {
    const env = { HOME: '/home/ada' };
    const text = writeDefaults(mode);
    t.same(configOf({ file: { path: 'c.yaml', text }, env }), configOf({ flags: { mode }, env }), mode);
    t.match(text, /# how an endpoint is chosen\n {2}algorithm: roundrobin\n/);
  }
  t.end();
});
