import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { onTerminal } from '../fixtures/on-terminal.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';

const TAKEN = '\u001b[?1049h';
const GIVEN_BACK = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const FRAME = '\u001b[H';

t.test(
  'on a terminal a forward is a live view: lanes, connections, rate, the last error, what happened, and q',
  async (t) => {
    const rig = await startForwardRig(t);
    for (const object of serviceWithPods('web', ['web-a', 'web-b'])) rig.api.set(object);
    const [service, slice] = serviceWithPods('dead', ['dead-a']);
    if (!service || !slice) throw new Error('a Service has two objects');
    rig.api.set(service);
    rig.api.set({ ...slice, ports: [{ name: 'http', port: 9999, protocol: 'TCP' }] });
    const { home, env } = putSvclaneOnPath(t, '');
    const file = join(home, 'ports.json');
    const command = [
      `stty rows 20 cols 150; tty > ${home}/tty`,
      `svclane forward svc/web :http svc/dead :http --transport apiserver --ports-file ${file}`,
      'code=$?; stty -a; exit $code',
    ].join('; ');
    const view = onTerminal(t, { home, env: { ...env, ...rig.env } }, command);
    await view.until(/LOCAL +TARGET +PODS +CONNS +BYTES\/S +LAST ERROR[\s\S]*default\/web:http +2\/2 +0 /);
    t.ok(view.output().includes(TAKEN));
    t.match(view.output(), /Context fake[\s\S]*Ready: 2 of 2 lanes[\s\S]*q quit/);
    const lanes: readonly { target: string; localPort: number }[] = JSON.parse(readFileSync(file, 'utf8')).lanes;
    const portOf = (target: string): number => lanes.find((lane) => lane.target === target)?.localPort ?? 0;

    const client = connect(portOf('default/web'), '127.0.0.1');
    client.on('data', (data) => client.write(data));
    client.on('error', () => undefined);
    client.write(Buffer.alloc(10_000));
    t.teardown(() => client.destroy());
    await view.until(/default\/web:http +2\/2 +1 +[1-9]/);
    connect(portOf('default/dead'), '127.0.0.1').on('error', () => undefined);
    await view.until(/default\/dead:http .*dead-a ECONNREFUSED/);
    await view.until(/dial of dead-a for default\/dead failed: ECONNREFUSED/);

    execFileSync('stty', ['-F', readFileSync(`${home}/tty`, 'utf8').trim(), 'rows', '7']);
    const linesOf = (frame: string): number => frame.split('\r\n').length;
    const last = (): string => view.output().split(FRAME).at(-2) ?? '';
    while (linesOf(last()) > 7) await view.until(new RegExp(`^[\\s\\S]{${view.output().length},}\\u001b\\[H`));
    t.match(last(), /LOCAL +TARGET/, 'what matters most is seen in a small window');

    view.type('q');
    t.equal(await view.exit, 0);
    const rest = view.output().slice(view.output().lastIndexOf(GIVEN_BACK));
    t.ok(rest.startsWith(GIVEN_BACK), 'the screen is given back');
    t.match(rest, / icanon /, 'lines are edited again');
    t.notOk(existsSync(file), 'the ports file is removed');
  },
);

t.test('--plain keeps to lines on a terminal, and Ctrl-C ends it', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const { home, env } = putSvclaneOnPath(t, '');
  const forward = onTerminal(
    t,
    { home, env: { ...env, ...rig.env } },
    'svclane forward svc/web :http --transport apiserver --plain',
  );
  await forward.until(/Forwarding from 127\.0\.0\.1:\d+ -> default\/web:http[\s\S]*Ready: 1 of 1 lane/);
  t.notOk(forward.output().includes(TAKEN));
  forward.type('\u0003');
  t.equal(await forward.exit, 130);
});
