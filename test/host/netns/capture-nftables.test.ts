/** Capture by nftables in real network namespaces. Needs root, nftables and iproute2. */

import t from 'tap';
import { bindingAt, CLIENT_V4, CLIENT_V6, frontend, makeLab, NODE_V4, NODE_V6 } from '../../fixtures/netns-lab.ts';

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
  t.test(`${family}: a Service is reached beside a wildcard listener on its port, which stays as it was`, async (t) => {
    const lab = makeLab(t);
    const frontends = [frontend(service, 80, 'TCP'), frontend(service, 53, 'UDP')];
    t.equal(await lab.node.listen('TCP', wildcard, 80), 80);
    t.equal(await lab.node.listen('UDP', wildcard, 53), 53);
    t.match(await lab.node.capture('auto'), { type: 'nftables', reason: 'nftables works here' });
    await lab.node.serve(frontends);
    t.equal(await lab.client.tcp(service, 80), `${frontends[0]?.key} ${client}`, 'TCP from another namespace');
    t.equal(await lab.client.udp(service, 53), `${frontends[1]?.key} ${client}`, 'UDP from another namespace');
    t.match(await lab.node.tcp(service, 80), `${frontends[0]?.key} `, 'TCP from the node');
    t.match(await lab.node.udp(service, 53), `${frontends[1]?.key} `, 'UDP from the node');
    t.equal(await lab.client.tcp(node, 80), `wildcard ${client}`, 'the wildcard listener has its own clients');
    t.equal(await lab.client.udp(node, 53), `wildcard ${client}`);
    t.not((await lab.client.tcp(service, 81)).split(' ')[0], 'wildcard', 'no other port of the address is ours');
  });

  t.test(`${family}: a node port is reached at the node's address and at loopback`, async (t) => {
    const lab = makeLab(t);
    const addresses = [node, loopback];
    await lab.node.capture('nftables');
    await lab.node.serve(
      addresses.flatMap((address) => [
        frontend(address, 30080, 'TCP', 'nodePort'),
        frontend(address, 30053, 'UDP', 'nodePort'),
      ]),
    );
    t.match(await lab.client.tcp(node, 30080), `/TCP ${client}`);
    t.match(await lab.client.udp(node, 30053), `/UDP ${client}`);
    for (const address of addresses) {
      t.match(await lab.node.tcp(address, 30080), `/TCP ${address}`, `TCP to ${address} from the node`);
      t.match(await lab.node.udp(address, 30053), `/UDP ${address}`, `UDP to ${address} from the node`);
    }
  });

  t.test(`${family}: without a listener the kernel refuses, and the port is kept for the next one`, async (t) => {
    const lab = makeLab(t);
    const frontends = [frontend(service, 80, 'TCP'), frontend(service, 53, 'UDP')];
    await lab.node.capture('nftables');
    const bindings = await lab.node.serve(frontends);
    t.match(await lab.client.udp(service, 53, 'flow'), '/UDP');
    await lab.node.silence(frontends);
    t.equal(await lab.client.tcp(service, 80), 'ECONNREFUSED');
    t.equal(await lab.client.udp(service, 53, 'flow'), 'ECONNREFUSED', 'in the middle of a flow');
    t.equal(await lab.node.udp(service, 53), 'ECONNREFUSED', 'from the node');
    t.same(await lab.node.resume(frontends), bindings);
    t.match(await lab.client.tcp(service, 80), '/TCP');
    t.match(await lab.client.udp(service, 53, 'flow'), '/UDP', 'the flow goes on');
  });

  t.test(`${family}: nobody reaches an own address directly`, async (t) => {
    const lab = makeLab(t);
    await lab.node.capture('nftables');
    const bindings = await lab.node.serve([frontend(service, 80, 'TCP'), frontend(service, 53, 'UDP')]);
    const { address, port } = bindingAt(bindings);
    t.equal(await lab.client.tcp(address, port), 'timeout', 'a neighbour');
    t.equal(await lab.node.tcp(address, port), 'timeout', 'the node itself');
    t.equal(await lab.client.udp(address, bindingAt(bindings, 1).port), 'timeout', 'by UDP');
  });

  t.test(
    `${family}: a UDP flow that began before the Service was captured is captured with its next datagram`,
    async (t) => {
      const lab = makeLab(t);
      const address = node;
      t.equal(await lab.client.udp(address, 30053, 'early'), 'ECONNREFUSED');
      await lab.node.capture('nftables');
      await lab.node.serve([frontend(address, 30053, 'UDP', 'nodePort')]);
      t.match(await lab.client.udp(address, 30053, 'early'), '/UDP', 'though conntrack knows it untranslated');
      await lab.node.drop([frontend(address, 30053, 'UDP', 'nodePort')]);
      t.equal(await lab.client.udp(address, 30053, 'early'), 'ECONNREFUSED', 'and is let go with the Service');
      await lab.node.serve([frontend(address, 30054, 'UDP', 'nodePort'), frontend(address, 30053, 'UDP', 'nodePort')]);
      t.equal(await lab.client.udp(address, 30053, 'early'), `${frontend(address, 30053, 'UDP').key} ${client}`);
    },
  );
}

for (const { family, service, counter } of [
  { family: 'IPv4', service: '10.96.0.10', counter: 'IcmpInDestUnreachs' },
  { family: 'IPv6', service: 'fd96::a', counter: 'Icmp6InDestUnreachs' },
]) {
  t.test(`${family}: an ICMP error about an answer by UDP finds its way back to the node`, async (t) => {
    const lab = makeLab(t);
    await lab.node.capture('nftables');
    await lab.node.serve([frontend(service, 53, 'UDP')]);
    await lab.client.abandon(service, 53);
    const count = (): number => Number(new RegExp(`^${counter}\\s+(\\d+)`, 'm').exec(lab.onNode('nstat', '-asz'))?.[1]);
    for (let tries = 0; tries < 50 && count() === 0; tries++) await lab.client.nodeAddresses();
    t.equal(count(), 1);
  });
}

t.test('a Service that is dropped is captured no more, and its own port is not given to another', async (t) => {
  const lab = makeLab(t);
  const [web, api] = [frontend('10.96.0.10', 80, 'TCP'), frontend('10.96.0.11', 80, 'TCP')];
  await lab.node.capture('nftables');
  const first = bindingAt(await lab.node.serve([web]));
  await lab.node.drop([web]);
  t.notMatch(await lab.client.tcp('10.96.0.10', 80), web.key);
  t.not(bindingAt(await lab.node.serve([api])).port, first.port);
  t.same(await lab.node.serve([web]), [first], 'when it comes back it has the same port');
  t.match(await lab.client.tcp('10.96.0.10', 80), web.key);
});

t.test('an own port that somebody else holds is changed for another', async (t) => {
  const lab = makeLab(t);
  const web = frontend('10.96.0.10', 80, 'TCP');
  await lab.node.capture('nftables');
  t.equal(await lab.node.listen('TCP', '0.0.0.0', 61000), 61000);
  t.equal(bindingAt(await lab.node.serve([web])).port, 61001);
  t.match(await lab.client.tcp('10.96.0.10', 80), web.key);
});

t.test('after a crash the next process takes the same ports again, and known UDP flows go on', async (t) => {
  const lab = makeLab(t);
  const frontends = [53, 54, 55].map((port) => frontend('10.96.0.10', port, 'UDP'));
  await lab.node.capture('nftables');
  const before = await lab.node.serve(frontends);
  t.match(await lab.client.udp('10.96.0.10', 55, 'flow'), '55/UDP');
  await lab.node.kill();
  t.equal(await lab.client.udp('10.96.0.10', 55, 'flow'), 'ECONNREFUSED');
  const next = lab.startOnNode();
  await next.capture('nftables');
  t.same(await next.serve([...frontends].reverse()), [...before].reverse());
  t.match(await lab.client.udp('10.96.0.10', 55, 'flow'), '55/UDP');
  t.match(await lab.client.udp('10.96.0.10', 53), '53/UDP');
});

t.test('what a crashed process captured and nobody wants any more leaves with the first commit', async (t) => {
  const lab = makeLab(t);
  await lab.node.capture('nftables');
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP'), frontend('10.96.0.11', 80, 'TCP')]);
  await lab.node.kill();
  const next = lab.startOnNode();
  await next.capture('nftables');
  await next.serve([frontend('10.96.0.11', 80, 'TCP')]);
  const table = lab.onNode('nft', 'list', 'table', 'inet', 'svclane');
  t.notMatch(table, '10.96.0.10 .');
  t.match(table, '10.96.0.11 . tcp . 80');
});

t.test('rules that somebody flushed are put back with the next commit', async (t) => {
  const lab = makeLab(t);
  await lab.node.capture('nftables');
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP')]);
  lab.onNode('nft', 'flush', 'ruleset');
  await lab.node.serve([frontend('10.96.0.11', 80, 'TCP')]);
  t.match(await lab.client.tcp('10.96.0.10', 80), '10.96.0.10:80/TCP');
  t.match(await lab.client.tcp('10.96.0.11', 80), '10.96.0.11:80/TCP');
});

t.test('rules and own addresses that somebody removed are put back without any commit', async (t) => {
  const lab = makeLab(t);
  await lab.node.capture('nftables');
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP')]);
  for (const [program, ...args] of [
    ['nft', 'flush', 'ruleset'],
    ['ip', 'address', 'delete', '169.254.77.1/32', 'dev', 'lo'],
  ] as const) {
    lab.onNode(program, ...args);
    t.notMatch(await lab.client.tcp('10.96.0.10', 80), '/TCP');
    await lab.node.elapse();
    let answer = '';
    for (let tries = 0; tries < 20 && !answer.includes('/TCP'); tries++)
      answer = await lab.client.tcp('10.96.0.10', 80);
    t.match(answer, '/TCP', program);
  }
});

t.test('10,000 frontends are loaded in one transaction, and one more is only a difference', async (t) => {
  const lab = makeLab(t);
  const many = Array.from({ length: 10_000 }, (_, i) => frontend(`10.96.${i >> 8}.${i & 255}`, 80, 'TCP'));
  await lab.node.capture('nftables');
  const whole = await lab.node.load(many);
  const one = await lab.node.load([frontend('10.97.0.1', 80, 'TCP')]);
  t.comment(`10,000 frontends: ${whole.toFixed(0)} ms; one more: ${one.toFixed(0)} ms`);
  t.ok(one < whole / 4);
  const elements = lab
    .onNode('nft', 'list', 'table', 'inet', 'svclane')
    .match(/10\.9[67]\.\d+\.\d+ \. tcp \. 80 : 169/g);
  t.equal(elements?.length, 10_001);
  const [last] = await lab.node.resume(many.slice(-1));
  t.match(last, { address: '169.254.77.3' }, 'the ports of one own address do not suffice');
  t.match(await lab.client.tcp('10.96.39.15', 80), '10.96.39.15:80/TCP');
  await lab.node.drop([...many]);
  t.equal(lab.onNode('nft', 'list', 'table', 'inet', 'svclane').match(/ \. tcp \. /g)?.length, 1);
});

t.test('without IPv6 on the machine IPv4 is captured, and IPv6 frontends hinder nothing', async (t) => {
  const lab = makeLab(t, { ipv6: false });
  await lab.node.capture('auto');
  await lab.node.load([frontend('fd96::a', 80, 'TCP')]);
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP')]);
  t.match(await lab.client.tcp('10.96.0.10', 80), '10.96.0.10:80/TCP');
  await lab.node.close();
});

t.test('a clean close leaves nothing in the kernel', async (t) => {
  const lab = makeLab(t);
  const state = (): string =>
    ['nft list ruleset', 'ip address show dev lo', 'ip route show table local', 'ip -6 route show table local']
      .map((command) => command.split(' '))
      .map(([program = '', ...args]) => lab.onNode(program, ...args))
      .join('\n');
  const before = state();
  await lab.node.capture('nftables');
  await lab.node.serve([frontend('10.96.0.10', 80, 'TCP'), frontend('fd96::a', 80, 'TCP')]);
  t.not(state(), before);
  await lab.node.close();
  await lab.node.close();
  t.equal(state(), before);
});

t.test("a table of that name that is not svclane's is left alone", async (t) => {
  const lab = makeLab(t);
  lab.onNode('nft', 'add', 'table', 'inet', 'svclane');
  await t.rejects(lab.node.capture('nftables'), { code: 'SVL_CAPTURE', hint: /nft delete table/ });
  await lab.node.close();
  t.same(await lab.node.cleanup(), []);
  t.match(lab.onNode('nft', 'list', 'tables'), 'table inet svclane');
});
