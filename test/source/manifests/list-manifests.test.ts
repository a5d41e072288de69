import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { listManifests } from '../../../src/source/manifests/list-manifests.ts';

t.test('a folder has its manifest files, sorted; hidden files, backups and folders are none', async (t) => {
  const folder = t.testdir({ 'b.yml': '', 'a.yaml': '', 'c.json': '', 'a.yaml~': '', '.d.yaml': '', 'notes.md': '' });
  mkdirSync(join(folder, 'e.yaml'));
  symlinkSync('a.yaml', join(folder, 'f.yaml'));
  symlinkSync('nowhere', join(folder, 'g.yaml'));
  const { files, folder: watched } = await listManifests(folder);
  t.same(
    [...files.keys()].map((file) => basename(file)),
    ['a.yaml', 'b.yml', 'c.json', 'f.yaml'],
  );
  t.equal(watched, folder);
});

t.test('one file is itself, whatever its name', async (t) => {
  const folder = t.testdir({ 'services.txt': '' });
  const path = join(folder, 'services.txt');
  const { files, folder: watched } = await listManifests(path);
  t.same([[...files.keys()], watched], [[path], folder]);
});

t.test('a file that was replaced by one of the same size looks different', async (t) => {
  const folder = t.testdir({ 'a.yaml': 'one' });
  const file = join(folder, 'a.yaml');
  const before = await listManifests(folder);
  writeFileSync(join(folder, 'new'), 'two');
  renameSync(join(folder, 'new'), file);
  const after = await listManifests(folder);
  t.not(after.files.get(file), before.files.get(file));
  t.equal(after.folderId, before.folderId);
});

t.test('a path that is not there is an error', async (t) => {
  await t.rejects(listManifests(join(t.testdir(), 'none')), { code: 'ENOENT' });
});
