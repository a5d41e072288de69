import { readFileSync } from 'node:fs';
import t from 'tap';
import { FLAGS } from '../../src/config/flags.ts';
import { flagTable, keyTable } from '../fixtures/config-reference.ts';

t.test('every flag has a name and a twin of its own', (t) => {
  t.equal(new Set(FLAGS.map(({ name }) => name)).size, FLAGS.length);
  t.equal(new Set(FLAGS.map(({ env }) => env)).size, FLAGS.length);
  for (const { name, env } of FLAGS) t.match([name, env], [/^[a-z][a-z-]+$/, /^SVCLANE_[A-Z_]+$/]);
  t.end();
});

t.test('docs/configuration.md has every key and every flag as the source has them', (t) => {
  const docs = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  t.equal(section(docs, 'keys'), keyTable());
  t.equal(section(docs, 'flags'), flagTable());
  t.end();
});

function section(docs: string, name: string): string {
  return docs.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- end of ${name} -->`)[0] ?? '';
}
