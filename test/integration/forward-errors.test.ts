import { type AddressInfo, createServer } from 'node:net';
import t from 'tap';
import { addDeployment, ask, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';

t.test('what is wrong ends the start with its own exit code, and says what would be right', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const taken = createServer();
  const busy = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as AddressInfo).port)),
  );
  t.teardown(() => taken.close());
  const cases: readonly [string, readonly string[], number, RegExp][] = [
    ['an unknown Service', ['svc/wep', '80'], 3, /no svc\/wep in namespace default\nhint: did you mean svc\/web\?/],
    [
      'a port that is not there',
      ['svc/web', ':grpc'],
      3,
      /has no port grpc\nhint: its ports: http \(80\), dns \(53\/udp\)/,
    ],
    ['a busy port', ['svc/web', `${busy}:http`], 6, /another process has it, or another lane\nhint: port \d+ is free/],
    ['nothing', [], 2, /nothing to forward/],
    [
      'a context that is gone',
      ['svc/web', '--context', 'prod'],
      5,
      /no context "prod".*\nhint: .*known contexts: fake/,
    ],
    ['UDP alone', ['svc/web', ':53/udp', '--transport', 'apiserver'], 4, /NeedsDirectTransport/],
    ['a transport of no kind', ['svc/web', '--transport', 'magic'], 1, /expected one of auto, direct, apiserver/],
    [
      'no pod in time',
      ['deploy/none', ':http', '--wait-ready', '50ms'],
      4,
      /no ready pod for default\/deploy\/none in time/,
    ],
  ];
  addDeployment(rig, 'none');
  for (const [name, args, code, text] of cases) {
    const forward = rig.forward(...args);
    t.equal(await forward.exit, code, name);
    t.match(forward.stderr, text, name);
  }
});

t.test('rights are asked for beforehand, and the ones that are missing are named with how to grant them', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  rig.denied.add('create');
  const warned = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  await warned.until(/Ready: 1 of 1/);
  t.match(warned.stderr, /warning: pods\/portforward in namespace default: get=yes create=no/);
  rig.denied.add('get');
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  t.equal(await forward.exit, 5);
  t.match(forward.stderr, /not allowed to forward: pods\/portforward in namespace default: get=no create=no/);
  t.match(forward.stderr, /kind: Role\nmetadata: \{name: svclane-forward, namespace: default\}/);
  t.match(forward.stderr, /- \{apiGroups: \[""\], resources: \[pods\/portforward\], verbs: \[get, create\]\}/);
  t.match(
    forward.stderr,
    /- \{apiGroups: \["discovery.k8s.io"\], resources: \[endpointslices\], verbs: \[list, watch\]\}/,
  );
});

t.test('a kubeconfig that is switched to another context changes nothing, and it is said', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const forward = rig.forward('svc/web', ':http', '--transport', 'apiserver');
  const [, port] = await forward.until(/127\.0\.0\.1:(\d+) -> [\s\S]*Ready: 1 of 1/);
  rig.writeKubeconfig((text) => text.replace('"current-context":"fake"', '"current-context":"other"'));
  await forward.until(/the current context of the kubeconfig is other: this forward stays with fake/);
  rig.writeKubeconfig((text) => text.replace('"user":{}', '"user":{"token":"fresh"}'));
  await forward.until(/the credentials of fake were read again/);
  t.equal(await ask(Number(port), 'still'), 'still');
});
