import { join } from 'node:path';
import t from 'tap';
import { checkManifestsPath } from '../../../src/source/manifests/check-manifests-path.ts';

t.test('a folder or a file can be read', (t) => {
  const folder = t.testdir({ 'a.yaml': '' });
  checkManifestsPath(folder);
  checkManifestsPath(join(folder, 'a.yaml'));
  t.end();
});

t.test('a path that cannot be read is told with its reason and a hint', (t) => {
  const folder = t.testdir({ 'a.yaml': '' });
  t.throws(() => checkManifestsPath(join(folder, 'none')), {
    code: 'SVL_MANIFESTS_UNREADABLE',
    message: `cannot read manifests at ${join(folder, 'none')}: there is no such file or folder (ENOENT)`,
    hint: /source: file:PATH/,
  });
  t.throws(() => checkManifestsPath(join(folder, 'a.yaml', 'x')), {
    code: 'SVL_MANIFESTS_UNREADABLE',
    message: /ENOTDIR/,
  });
  t.end();
});
