/** Capture by local routes in real network namespaces. Needs root and iproute2. */

import t from 'tap';
import { CLIENT_V4, CLIENT_V6, frontend, type Lab, makeLab, NODE_V4, NODE_V6 } from '../../fixtures/netns-lab.ts';

const FAMILIES = [
  {
    family: 'IPv4',
    service: '10.96.0.10',
    node: NODE_V4,
    client: CLIENT_V4,
    loopback: '127.0.0.1',
    wildcard: '0.0.0.0',
  },
  { family: 'IPv6', service: 'fd96::a', node: NODE_V6, client: CLIENT_V6, loopback: '::1', wildcard: '::' },
] as const;

for (const { family, service, node, client, loopback, wildcard } of FAMILIES) {
  t.test(`${family}: a Service is reached from another namespace and from the node, until it is dropped`, async (t) => {
    const lab = makeLab(t);
    const frontends = [frontend(service, 80, 'TCP'), frontend(service, 53, 'UDP')];
    t.match(await lab.node.capture('routes'), { type: 'routes', reason: 'set by the configuration' });
    t.same(await lab.node.serve(frontends), [
      { address: service, port: 80 },
      { address: service, port: 53 },
    ]);
    t.equal(await lab.client.tcp(service, 80), `${frontends[0]?.key} ${client}`);
    t.equal(await lab.client.udp(service, 53), `${frontends[1]?.key} ${client}`);
    t.match(await lab.node.tcp(service, 80), `${frontends[0]?.key} `);
    t.match(await lab.node.udp(service, 53), `${frontends[1]?.key} `);
    await lab.node.silence(frontends);
    t.equal(await lab.client.tcp(service, 80), 'ECONNREFUSED', 'without a listener the kernel refuses');
    t.equal(await lab.client.udp(service, 53), 'ECONNREFUSED');
    await lab.node.resume(frontends);
    await lab.node.drop(frontends.slice(0, 1));
    t.match(await lab.client.udp(service, 53), '/UDP', 'the address stays while one of its ports is in use');
    t.match(routes(lab), service);
    await lab.node.drop(frontends.slice(1));
    t.notMatch(routes(lab), service);
    t.notMatch(await lab.node.nodeAddresses(), [service]);
  });

  t.test(`${family}: a wildcard listener keeps its port from the Services, and only that`, async (t) => {
    const lab = makeLab(t);
    await lab.node.listen('TCP', wildcard, 80);
    await lab.node.capture('routes');
    await t.rejects(lab.node.serve([frontend(service, 80, 'TCP')]), { code: 'EADDRINUSE' });
    await lab.node.serve([frontend(service, 81, 'TCP')]);
    t.match(await lab.client.tcp(service, 81), '81/TCP');
  });

  t.test(`${family}: addresses that the node has anyway are left alone`, async (t) => {
    const lab = makeLab(t);
    const before = routes(lab);
    const frontends = [node, loopback].map((address) => frontend(address, 30080, 'TCP', 'nodePort'));
    await lab.node.capture('routes');
    await lab.node.serve(frontends);
    t.match(await lab.client.tcp(node, 30080), '/TCP');
    t.match(await lab.node.tcp(loopback, 30080), '/TCP');
    t.equal(routes(lab), before);
    await lab.node.drop(frontends);
    t.equal(routes(lab), before);
  });
}

t.test(
  'what a crashed process left is removed when the next one opens, and a clean close leaves nothing',
  async (t) => {
    const lab = makeLab(t);
    const before = routes(lab);
    await lab.node.capture('routes');
    await lab.node.serve([frontend('10.96.0.10', 80, 'TCP'), frontend('fd96::a', 80, 'TCP')]);
    await lab.node.kill();
    t.match(routes(lab), '10.96.0.10');
    const next = lab.startOnNode();
    await next.capture('routes');
    t.equal(routes(lab), before);
    await next.serve([frontend('10.96.0.11', 80, 'TCP'), frontend('fd96::b', 80, 'TCP')]);
    t.match(await lab.client.tcp('fd96::b', 80), '[fd96::b]:80/TCP');
    t.same(
      await next.nodeAddresses(),
      ['10.99.0.1', '127.0.0.1', '::1', 'fd99::1'],
      'Service addresses are none of the node',
    );
    await next.close();
    t.equal(routes(lab), before);
  },
);

t.test('a captured IPv6 address is not chosen as a source address', async (t) => {
  const lab = makeLab(t);
  await lab.node.capture('routes');
  await lab.node.serve([frontend('fd96::a', 80, 'TCP')]);
  await lab.client.listen('TCP', '::', 8080);
  t.equal(await lab.node.tcp(CLIENT_V6, 8080), `wildcard ${NODE_V6}`);
});

t.test('2,000 addresses are made local in one call', async (t) => {
  const lab = makeLab(t);
  const many = Array.from({ length: 2_000 }, (_, i) => frontend(`10.96.${i >> 8}.${i & 255}`, 80, 'TCP'));
  await lab.node.capture('routes');
  t.comment(`${(await lab.node.load(many)).toFixed(0)} ms`);
  await lab.node.resume(many.slice(-1));
  t.match(await lab.client.tcp('10.96.7.207', 80), '10.96.7.207:80/TCP');
  await lab.node.close();
  t.notMatch(routes(lab), '10.96.');
});

function routes(lab: Lab): string {
  return [
    lab.onNode('ip', 'route', 'show', 'table', 'local'),
    lab.onNode('ip', '-6', 'route', 'show', 'table', 'local'),
    lab.onNode('ip', 'address', 'show', 'dev', 'lo'),
  ].join('\n');
}
