import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePort, startEcho } from '../fixtures/echo-backends.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';
import { ask, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';
import { type Family, parseByClient, promtool } from './tools.ts';

/** kube-proxy's gauge has a counter's name. */
const KNOWN_LINT =
  /^kubeproxy_sync_proxy_rules_no_local_endpoints_total non-counter metrics should not have "_total" suffix$/;

t.test(
  'what a daemon with traffic exposes is read by the official parser, and promtool objects to nothing',
  async (t) => {
    const { lanes, scrape } = await startDaemon(t);
    await exchange(lanes.web, 'hello');
    await exchange(lanes.dead, 'hello');
    for (const text of ['a', 'b']) await ask(await udpSocket(t), lanes.dns, text);
    const text = await scrapeUntil(scrape, /^svclane_connections_total{.*service="dead".*} 1$/m);
    const families = parseByClient(text);

    t.test('values are those of the traffic', async (t) => {
      const web = { namespace: 'shop', service: 'web', port: 'main' };
      t.equal(sampleOf(families, 'svclane_connections_total', { ...web, result: 'finished' }), 1);
      t.equal(sampleOf(families, 'svclane_connections_total', { ...web, service: 'dead', result: 'dial-failed' }), 1);
      t.equal(sampleOf(families, 'svclane_connect_duration_seconds_count', {}), 1);
      t.equal(sampleOf(families, 'svclane_dial_failures_total', { error: 'ECONNREFUSED' }), 1);
      t.equal(sampleOf(families, 'svclane_udp_datagrams_total', { direction: 'in' }), 2);
      t.equal(sampleOf(families, 'svclane_udp_sessions_active', { ...web, service: 'dns' }), 2);
      t.equal(sampleOf(families, 'svclane_listeners', { state: 'listening' }), 3);
      t.equal(sampleOf(families, 'svclane_table_generation', {}), 1);
      t.ok(Number(sampleOf(families, 'process_open_fds', {})) > 10);
      const endpoint = families.find(({ name }) => name === 'svclane_endpoint_flows');
      t.match(endpoint?.samples, [
        { labels: { ...web, endpoint: /^127\.0\.0\.1:\d+$/, result: 'finished' }, value: 1 },
      ]);
    });

    t.test('every family has a type and a help, once, and counters end in _total', async (t) => {
      t.ok(families.length > 50);
      t.equal(new Set(families.map(({ name }) => name)).size, families.length);
      for (const { name, type, help, samples } of families) {
        t.ok(['counter', 'gauge', 'histogram'].includes(type), `${name} is a ${type}`);
        t.ok(help.length > 5, name);
        if (type === 'counter') for (const sample of samples) t.match(sample.name, /_total$/);
      }
    });

    t.test('buckets rise to the count', async (t) => {
      for (const { name, samples } of families.filter(({ type }) => type === 'histogram')) {
        const buckets = samples.filter(
          (sample) => sample.name === `${name}_bucket` && sample.labels.ip_family !== 'IPv6',
        );
        const values = buckets.map(({ value }) => value);
        t.same(
          values,
          values.toSorted((a, b) => a - b),
          name,
        );
        t.equal(buckets.at(-1)?.labels.le, '+Inf');
        t.equal(samples.find((sample) => sample.name === `${name}_count`)?.value, values.at(-1));
      }
    });

    t.test('promtool has one objection, which is the name that kube-proxy chose', async (t) => {
      const { output } = promtool(['check', 'metrics'], { input: text });
      const lines = output.split('\n').filter((line) => line !== '' && !KNOWN_LINT.test(line));
      t.same(lines, []);
      t.match(output, KNOWN_LINT.source.slice(1, -1), 'promtool did look');
    });
  },
);

t.test('the parser and promtool would notice', async (t) => {
  t.throws(() => parseByClient('a{b="c} 1\n'));
  t.match(promtool(['check', 'metrics'], { input: 'a_count 1\n' }), { status: /[1-9]/, output: /no help text/ });
});

/** Lanes to a TCP Service, one whose endpoint is dead, and a UDP one. */
async function startDaemon(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-metrics-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const [web, dns] = [await startEcho(t, 'web'), await udpBackend(t, 'dns')];
  const backends = { web: web.port, dead: await freePort(), dns: dns.endpoint.port };
  const lanes = { web: await freePort(), dead: await freePort(), dns: await freePort() };
  const port = await freePort();
  const objects = Object.entries(backends).flatMap(([name, backend]) => objectsOf(name, backend));
  writeFileSync(join(folder, 'objects.yaml'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  const config = {
    apiVersion: 'svclane.dev/v1alpha1',
    kind: 'ProxyConfiguration',
    mode: 'dev',
    source: `file:${join(folder, 'objects.yaml')}`,
    lanes: Object.entries(lanes).map(([name, local]) => laneOf(name, local)),
    metrics: { bindAddress: `127.0.0.1:${port}`, endpointLabels: true },
    admin: { listen: '' },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const daemon = startSvclane(['run', '--config', join(folder, 'config.yaml')]);
  t.teardown(async () => {
    daemon.kill('SIGKILL');
    await daemon.exit;
  });
  await daemon.until(/Synced/);
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { lanes, scrape };
}

function objectsOf(name: string, port: number): readonly object[] {
  const ports = [{ name: 'main', protocol: name === 'dns' ? 'UDP' : 'TCP', port }];
  const labels = { 'kubernetes.io/service-name': name };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name }, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'shop', name, labels },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ];
}

function laneOf(name: string, port: number): object {
  const protocol = name === 'dns' ? 'UDP' : 'TCP';
  return { target: `svc/${name}`, namespace: 'shop', port: 'main', protocol, listen: `127.0.0.1:${port}` };
}

/** Sends and reads to the end, or to the reset. */
async function exchange(port: number, text: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {}).resume();
  socket.once('data', () => socket.end());
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
}

/** The daemon hears of an end after its client. */
async function scrapeUntil(scrape: () => Promise<string>, pattern: RegExp): Promise<string> {
  for (let tries = 1; ; tries++) {
    const text = await scrape();
    if (pattern.test(text) && /service="web".*result="finished"/.test(text)) return text;
    if (tries === 1000) throw new Error(`${pattern} was never in:\n${text}`);
  }
}

function sampleOf(families: readonly Family[], name: string, labels: Readonly<Record<string, string>>) {
  const samples = families.flatMap((family) => family.samples);
  const matches = (has: Readonly<Record<string, string>>): boolean =>
    Object.keys(has).length === Object.keys(labels).length &&
    Object.entries(labels).every(([label, value]) => has[label] === value);
  return samples.find((sample) => sample.name === name && matches(sample.labels))?.value;
}
