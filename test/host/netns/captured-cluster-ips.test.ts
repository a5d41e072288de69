/** What is at a captured cluster IP beside its frontends, in real network namespaces. Needs root, nftables and iproute2. */

import t, { type Test } from 'tap';
import { frontend, type Lab, makeLab } from '../../fixtures/netns-lab.ts';

/** The node forwards what is not its own, as one of a cluster does, and is as quick to refuse as it can. */
function makeForwardingLab(t: Test): Lab {
  const lab = makeLab(t);
  const settings = [
    'ipv4.ip_forward=1',
    'ipv6.conf.all.forwarding=1',
    'ipv4.icmp_ratelimit=0',
    'ipv6.icmp.ratelimit=0',
  ];
  // The client is its own gateway here: it would be told so, and that counts towards the limit of ICMP errors.
  for (const name of ['all', 'eth0']) settings.push(`ipv4.conf.${name}.send_redirects=0`);
  lab.onNode('sysctl', '-qw', ...settings.map((setting) => `net.${setting}`));
  return lab;
}

for (const { family, service, other, neighbour } of [
  { family: 'IPv4', service: '10.96.0.10', other: '10.96.0.11', neighbour: '10.96.9.9' },
  { family: 'IPv6', service: 'fd96::a', other: 'fd96::b', neighbour: 'fd96::909' },
] as const) {
  t.test(`${family}: a port that no Service has is refused at once at a cluster IP, and there only`, async (t) => {
    const lab = makeForwardingLab(t);
    await lab.node.capture('nftables');
    t.not(await lab.client.tcp(service, 81), 'ECONNREFUSED', 'not before a Service has the address');
    await lab.node.serve([
      frontend(service, 80, 'TCP'),
      frontend(service, 53, 'UDP'),
      frontend(other, 80, 'TCP', 'loadBalancerIP'),
    ]);
    for (const [name, agent] of [
      ['forwarded', lab.client],
      ['from the node', lab.node],
    ] as const) {
      t.equal(await agent.tcp(service, 81), 'ECONNREFUSED', `TCP, ${name}`);
      // Who sends from the node itself is told EPERM by the kernel, before the ICMP error comes.
      t.match(await agent.udp(service, 54), /ECONNREFUSED|EPERM/, `UDP, ${name}`);
      t.match(await agent.udp(service, 80), /ECONNREFUSED|EPERM/, `the other protocol, ${name}`);
      t.match(await agent.tcp(service, 80), '/TCP', `the Service port, ${name}`);
      t.match(await agent.udp(service, 53), '/UDP', `the Service port by UDP, ${name}`);
      t.match(await agent.tcp(other, 80), '/TCP', `a load-balancer IP, ${name}`);
      t.not(await agent.tcp(other, 81), 'ECONNREFUSED', `other ports of a load-balancer IP are not ours, ${name}`);
      t.not(await agent.tcp(neighbour, 80), 'ECONNREFUSED', `nor is an address without a Service, ${name}`);
    }
  });

  t.test(`${family}: a cluster IP is ours until its last frontend is dropped`, async (t) => {
    const lab = makeForwardingLab(t);
    const [web, dns] = [frontend(service, 80, 'TCP'), frontend(service, 53, 'UDP')];
    const set = family === 'IPv4' ? 'cluster-ips4' : 'cluster-ips6';
    const elements = (): boolean => lab.onNode('nft', 'list', 'set', 'inet', 'svclane', set).includes(service);
    await lab.node.capture('nftables');
    await lab.node.serve([web, dns]);
    await lab.node.drop([web]);
    t.equal(await lab.client.tcp(service, 80), 'ECONNREFUSED', 'the port that is gone, too');
    await lab.node.drop([dns]);
    t.notOk(elements());
    t.not(await lab.client.tcp(service, 80), 'ECONNREFUSED');
    await lab.node.serve([web]);
    t.equal(await lab.client.tcp(service, 81), 'ECONNREFUSED', 'when it comes back it is ours again');
    lab.onNode('nft', 'flush', 'ruleset');
    await lab.node.serve([dns]);
    t.ok(elements(), 'and is put back with all the rest');
    t.equal(await lab.client.tcp(service, 81), 'ECONNREFUSED');
  });
}

t.test('an address that becomes an external IP is no cluster IP any more', async (t) => {
  const lab = makeForwardingLab(t);
  await lab.node.capture('nftables');
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP')]);
  await lab.node.load([frontend('10.96.0.10', 80, 'TCP', 'externalIP')]);
  t.notMatch(lab.onNode('nft', 'list', 'set', 'inet', 'svclane', 'cluster-ips4'), '10.96.0.10');
  t.match(await lab.client.tcp('10.96.0.10', 80), '/TCP');
});
