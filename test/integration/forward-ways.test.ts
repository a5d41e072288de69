import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { ask, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

const run = promisify(execFile);

t.test('other commands find a forward, and two of them do not collide', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const first = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, socket = ''] = await first.until(/API (unix:\S+)/);
  const second = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  await second.until(/API http:\/\/127\.0\.0\.1:\d+ \(token in /);
  const explained = startSvclane(['explain', 'svc/web:http', '--host', socket]);
  t.equal(await explained.exit, 0, explained.output);
  t.match(explained.stdout, /web-a/);
});

t.test('all Services are forwarded by --all, at free ports, and a file of lanes as it says', async (t) => {
  const rig = await startForwardRig(t);
  for (const name of ['api', 'web']) for (const object of serviceWithPods(name, [`${name}-a`])) rig.api.set(object);
  const all = rig.forward('--all', '--transport', 'apiserver');
  await all.until(/Ready: 2 of 2 lanes/);
  t.match(all.stdout, /-> default\/api:http[\s\S]*-> default\/web:http/);
  const port = await freePort();
  const file = `${rig.folder}/lanes.yaml`;
  const lane = `{target: svc/web, port: http, listen: "127.0.0.1:${port}"}`;
  writeFileSync(file, `apiVersion: svclane.dev/v1alpha1\nkind: Lanes\nlanes:\n- ${lane}\n`);
  const lanes = rig.forward('-f', file, '--transport', 'apiserver');
  await lanes.until(/Ready: 1 of 1/);
  t.equal(await ask(port, 'hello'), 'hello');
});

t.test('a browser, or curl, reaches Services and pods by name through --socks', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  rig.ports[8080] = (toPod, fromPod) => {
    toPod.once('data', () => fromPod.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  };
  const forward = rig.forward('--socks', '127.0.0.1:0', '--dns', '127.0.0.1:0', '--transport', 'apiserver');
  const [, front = ''] = await forward.until(/SOCKS5 and HTTP CONNECT at (\S+):[\s\S]*DNS at [\s\S]*Ready/);
  const { stdout } = await run('curl', ['-sS', '-m', '10', '-x', `socks5h://${front}`, 'http://web.default/'], {
    env: { PATH: process.env.PATH },
  });
  t.equal(stdout, 'ok');
});
