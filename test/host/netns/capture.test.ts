/** The choice of a capture, the lock, and the clean-up, in real network namespaces. Needs root, nftables and iproute2. */

import t from 'tap';
import { frontend, makeLab } from '../../fixtures/netns-lab.ts';

t.test('a second svclane in the same network namespace is refused, with the first one named', async (t) => {
  const lab = makeLab(t);
  for (const type of ['nftables', 'routes'] as const) {
    const first = lab.startOnNode();
    await first.capture(type);
    await first.serve([frontend('10.96.0.10', 80, 'TCP')]);
    const refusal = { code: 'SVL_CAPTURE', message: /another svclane \(pid \d+\) captures/, hint: /stop it first/ };
    await t.rejects(lab.node.capture('nftables'), refusal);
    await t.rejects(lab.node.capture('routes'), refusal);
    await t.rejects(lab.node.cleanup(), refusal);
    t.match(await lab.client.tcp('10.96.0.10', 80), '/TCP', 'the first one has not noticed');
    await first.kill();
  }
  t.match(await lab.node.capture('nftables'), { type: 'nftables' }, 'a killed one holds nothing');
});

t.test('svclanes in two network namespaces do not disturb each other', async (t) => {
  const [one, two] = [makeLab(t), makeLab(t)];
  await Promise.all([one.node.capture('nftables'), two.node.capture('nftables')]);
  await Promise.all([one, two].map((lab) => lab.node.serve([frontend('10.96.0.10', 80, 'TCP')])));
  await one.node.close();
  t.match(await two.client.tcp('10.96.0.10', 80), '/TCP');
});

t.test('clean-up removes what a crashed process left, and says what', async (t) => {
  const lab = makeLab(t);
  const cases = [
    {
      type: 'nftables',
      removed: ['nftables table inet svclane', 'address 169.254.77.1 on lo', 'address fd53:766c:616e:6500::1 on lo'],
    },
    { type: 'routes', removed: ['local route to 10.96.0.10', 'local route to fd96::a'] },
  ] as const;
  for (const { type, removed } of cases) {
    const crashing = lab.startOnNode();
    await crashing.capture(type);
    await crashing.serve([frontend('10.96.0.10', 80, 'TCP'), frontend('fd96::a', 80, 'TCP')]);
    await crashing.kill();
    t.same((await lab.node.cleanup()).toSorted(), removed.toSorted(), type);
    t.same(await lab.node.cleanup(), [], 'once');
  }
});

t.test('each kind of capture removes what the other one left', async (t) => {
  const lab = makeLab(t);
  const service = [frontend('10.96.0.10', 80, 'TCP')];
  for (const [left, next] of [
    ['nftables', 'routes'],
    ['routes', 'nftables'],
  ] as const) {
    const crashing = lab.startOnNode();
    await crashing.capture(left);
    await crashing.serve(service);
    await crashing.kill();
    const following = lab.startOnNode();
    await following.capture(next);
    await following.serve(service);
    t.match(await lab.client.tcp('10.96.0.10', 80), '/TCP');
    await following.close();
    t.notMatch(lab.onNode('nft', 'list', 'ruleset'), 'svclane');
    t.notMatch(lab.onNode('ip', 'route', 'show', 'table', 'local'), '10.96.0.10');
    await following.kill();
  }
});

t.test('own addresses are none of the node', async (t) => {
  const lab = makeLab(t);
  const before = await lab.node.nodeAddresses();
  await lab.node.capture('nftables');
  t.same(await lab.node.nodeAddresses(), before);
});
