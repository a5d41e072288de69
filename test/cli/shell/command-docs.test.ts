import { readFileSync } from 'node:fs';
import t from 'tap';
import { startSvclane } from '../../fixtures/svclane-process.ts';

t.test('docs/cli.md is what the commands say of themselves', async (t) => {
  const svclane = startSvclane(['__docs']);
  t.equal(await svclane.exit, 0);
  const written = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  t.equal(svclane.stdout, written, 'node src/main.ts __docs > docs/cli.md writes it anew');
  t.notMatch(written, /__complete \[words|## svclane __/, 'what is hidden is no command of it');
});
