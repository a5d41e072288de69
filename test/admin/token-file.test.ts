import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openToken } from '../../src/admin/token-file.ts';

const GOOD = 'a-token-of-enough-letters';

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-token-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('a token is made for its owner alone, and used again', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'new', 'token');
  const token = await openToken({ path, create: true });
  t.match(token, /^[\w-]{43}$/, '32 bytes as base64url');
  t.equal(lstatSync(path).mode & 0o777, 0o600);
  t.equal(lstatSync(join(folder, 'new')).mode & 0o777, 0o700);
  t.equal(readFileSync(path, 'utf8'), `${token}\n`);
  t.equal(await openToken({ path, create: true }), token);
  t.same(readdirSync(join(folder, 'new')), ['token'], 'no draft is left');
  t.not(await openToken({ path: join(folder, 'other'), create: true }), token);
});

t.test('daemons that start at one moment have one token', async (t) => {
  const path = join(folderOf(t), 'token');
  const tokens = await Promise.all(Array.from({ length: 8 }, () => openToken({ path, create: true })));
  t.equal(new Set(tokens).size, 1);
});

t.test('a file of somebody else is read as it is, and never made', async (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'token');
  await t.rejects(openToken({ path, create: false }), { code: 'SVL_TOKEN', message: /ENOENT/ });
  t.same(readdirSync(folder), []);
  writeFileSync(path, `${GOOD}\n`, { mode: 0o640 });
  t.equal(await openToken({ path, create: false }), GOOD);
  symlinkSync(path, join(folder, 'link'));
  t.equal(await openToken({ path: join(folder, 'link'), create: false }), GOOD, 'as a mounted Secret has it');
});

t.test('a file that is not safe, or has no token, is refused with the reason', async (t) => {
  const folder = folderOf(t);
  const cases: readonly [name: string, text: string, mode: number, create: boolean, message: RegExp][] = [
    ['readable for all', GOOD, 0o644, false, /others may read or change it: its mode is 0644/],
    ['writable for the group', GOOD, 0o660, false, /others may read or change it: its mode is 0660/],
    ['ours, readable for the group', GOOD, 0o640, true, /its mode is 0640 instead of 0600/],
    ['empty', '', 0o600, true, /no token/],
    ['too short', 'short', 0o600, true, /no token/],
    ['two words', `${GOOD} ${GOOD}`, 0o600, false, /no token/],
    ['too long', 'x'.repeat(5000), 0o600, false, /no token/],
  ];
  for (const [name, text, mode, create, message] of cases) {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    await t.rejects(openToken({ path, create }), { code: 'SVL_TOKEN', message, hint: /admin\.token/ }, name);
    t.equal(readFileSync(path, 'utf8'), text, 'it stays as it is');
  }
});

t.test('what is no file is refused, without a wait', async (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'folder'), { mode: 0o700 });
  await t.rejects(openToken({ path: join(folder, 'folder'), create: true }), { code: 'SVL_TOKEN' });
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
  await t.rejects(openToken({ path: join(folder, 'dangling'), create: true }), {
    code: 'SVL_TOKEN',
    message: /ENOENT/,
  });
  await t.rejects(openToken({ path: '/proc/token', create: true }), { code: 'SVL_TOKEN' }, 'nobody can write there');
});
