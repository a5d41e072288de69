import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFolderWatch } from '../../../src/source/manifests/folder-watch.ts';

t.test('a change in the folder is told; a folder of another identity is watched anew', async (t) => {
  const folder = t.testdir();
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = createFolderWatch(resolve);
  t.teardown(() => watch.close());
  t.equal(watch.follow(folder, '1'), true);
  t.equal(watch.follow(folder, '1'), false);
  t.equal(watch.follow(folder, '2'), true);
  writeFileSync(join(folder, 'a.yaml'), 'x');
  await promise;
  watch.close();
  t.equal(watch.follow(folder, '2'), true, 'after a close another begins');
});

t.test('a folder that cannot be watched is no error', (t) => {
  const watch = createFolderWatch(() => undefined);
  t.equal(watch.follow(join(t.testdir(), 'none'), '1'), false);
  watch.close();
  t.end();
});
