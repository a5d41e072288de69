import t from 'tap';
import { CapturedClusterIPs } from '../../src/host/captured-cluster-ips.ts';
import type { Frontend, FrontendKind } from '../../src/model/route.ts';

t.test('an address counts while it has a frontend, and is told once', async (t) => {
  const ips = new CapturedClusterIPs();
  ips.use(frontend('10.96.0.10', 80));
  ips.use(frontend('10.96.0.10', 443));
  t.same(ips.all(), ['10.96.0.10']);
  t.same(ips.difference(), { removed: [], added: ['10.96.0.10'] });
  t.same(ips.difference(), { removed: [], added: ['10.96.0.10'] }, 'until it is settled');
  ips.settleDifference();
  ips.disuse(frontend('10.96.0.10', 80));
  t.same(ips.difference(), { removed: [], added: [] });
  ips.disuse(frontend('10.96.0.10', 443));
  t.same(ips.difference(), { removed: ['10.96.0.10'], added: [] });
  ips.settleDifference();
  t.same(ips.difference(), { removed: [], added: [] });
  t.same(ips.all(), []);
});

t.test('an address that goes and comes back between two transactions is no difference', async (t) => {
  const ips = new CapturedClusterIPs();
  const web = frontend('10.96.0.10', 80);
  ips.use(web);
  ips.settleDifference();
  ips.disuse(web);
  ips.use(web);
  t.same(ips.difference(), { removed: [], added: [] });
});

t.test('frontends of other kinds, and what was never used, change nothing', async (t) => {
  const ips = new CapturedClusterIPs();
  for (const kind of ['nodePort', 'externalIP', 'loadBalancerIP'] as const) ips.use(frontend('10.96.0.10', 80, kind));
  ips.disuse(frontend('10.96.0.11', 80));
  t.same(ips.all(), []);
  t.same(ips.difference(), { removed: [], added: [] });
});

t.test('a transaction with the whole settles whatever was before', async (t) => {
  const ips = new CapturedClusterIPs();
  ips.use(frontend('10.96.0.10', 80));
  ips.settleWhole();
  t.same(ips.difference(), { removed: [], added: [] });
  ips.disuse(frontend('10.96.0.10', 80));
  ips.settleWhole();
  ips.use(frontend('10.96.0.10', 80));
  t.same(ips.difference(), { removed: [], added: ['10.96.0.10'] });
});

function frontend(address: string, port: number, kind: FrontendKind = 'clusterIP'): Frontend {
  return { key: `${address}:${port}/TCP`, kind, address, port, protocol: 'TCP', family: 'IPv4' };
}
