import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { prepareSocketPath, protectSocket } from '../../src/admin/unix-socket.ts';

async function folderFor(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svclane-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test('a missing folder is made for owner and group, one that is there keeps its mode', async (t) => {
  const folder = await folderFor(t);
  await prepareSocketPath(`${folder}/a/b/admin.sock`);
  t.equal((await stat(`${folder}/a/b`)).mode & 0o777, 0o750);
  await mkdir(`${folder}/open`);
  await chmod(`${folder}/open`, 0o755);
  await prepareSocketPath(`${folder}/open/admin.sock`);
  t.equal((await stat(`${folder}/open`)).mode & 0o777, 0o755);
});

t.test('folders and links are not ours to remove', async (t) => {
  const folder = await folderFor(t);
  await mkdir(`${folder}/folder`);
  await symlink('/dev/null', `${folder}/link`);
  for (const name of ['folder', 'link']) {
    await t.rejects(prepareSocketPath(`${folder}/${name}`), { code: 'SVL_LISTEN', message: /no socket/ });
  }
  t.same((await readdir(folder)).toSorted(), ['folder', 'link']);
});

t.test('a socket is for owner and group, and one that is answered stays', async (t) => {
  const path = `${await folderFor(t)}/admin.sock`;
  const server = createServer((socket) => socket.destroy()).listen(path);
  t.teardown(() => server.close());
  await once(server, 'listening');
  await protectSocket(path);
  t.equal((await stat(path)).mode & 0o777, 0o660);
  await t.rejects(prepareSocketPath(path), { code: 'SVL_LISTEN', message: /another process answers/, hint: String });
});
