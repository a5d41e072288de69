/**
 * Random streams and datagrams, at Services with every kind of PROXY header, and garbage at svclane's own servers.
 */

import { ADMIN_PORT, HEALTH_PORT, type Lab, METRICS_PORT } from '../lab/lab.ts';
import { POD_ADDRESSES } from '../lab/spaces.ts';
import type { Book, Scenario } from '../scenario.ts';
import { inPods, loadText, PATIENT, paced } from './web.ts';

const MANNERS = [
  { name: 'off', ip: '10.96.0.1', port: 9000 },
  { name: 'v1', ip: '10.96.0.2', port: 9001 },
  { name: 'v2', ip: '10.96.0.3', port: 9002 },
] as const;
const UDP = { name: 'udp', ip: '10.96.0.4', port: 9003 };

export const fuzz: Scenario = {
  name: 'fuzz',
  title: 'fuzzed datagrams and streams, at Services and at the own servers',
  async run(lab, book) {
    for (const [i, address] of POD_ADDRESSES.entries()) {
      for (const { name, port } of MANNERS) {
        await lab.pod(i).serveTcp({ address, port, manner: 'echo', ...(name !== 'off' && { header: name }) });
      }
      await lab.pod(i).serveUdp(address, UDP.port);
    }
    const tcp = MANNERS.map(({ name, ip, port }) => ({ name: `proxy-${name}`, ip, endpoints: inPods(port) }));
    lab.publish([...tcp, { name: UDP.name, ip: UDP.ip, protocol: 'UDP', endpoints: inPods(UDP.port) }]);
    const services = MANNERS.map(({ name }) => ({ match: { name: `proxy-${name}` }, proxyProtocol: name }));
    const admin = { listen: `http://127.0.0.1:${ADMIN_PORT}` };
    await lab.start({ config: { services, admin }, defaults: { connect: PATIENT, udp: { idleTimeout: '2s' } } });
    lab.spaces.forgetSoon();
    const descriptors = lab.descriptors();
    await streams(lab, book);
    await datagrams(lab, book);
    await garbage(lab, book);
    book.check(
      'descriptors return',
      await lab.comes(() => lab.descriptors() <= descriptors + 1),
      `${lab.descriptors()}`,
    );
  },
};

/** Of random lengths in random pieces; some clients reset. */
async function streams(lab: Lab, book: Book): Promise<void> {
  const count = lab.pick(300_000, 6_000);
  const plan = { count, concurrency: 60, minBytes: 0, maxBytes: 3_000, pieces: 2, pauseMs: 0, resetPercent: 5 };
  await lab.clients.load('streams', paced(0, { hosts: MANNERS.map(({ ip }) => ip), ...plan }));
  const report = await lab.clients.loadDone('streams');
  const figures = await lab.quiet();
  const pods = await Promise.all([0, 1, 2].map((i) => lab.pod(i).backendCounts()));
  const wrong = pods.reduce((sum, one) => sum + one.wrong, 0);
  const headerBytes = pods.reduce((sum, one) => sum + one.headerBytes, 0);
  const sent = figures.sum('svclane_proxy_protocol_bytes_total');
  book.note(`streams, a third each without a header, with v1 and v2: ${loadText(report)}`);
  book.equal('nothing but an answer or the own reset', Object.keys(report.failures), ['reset']);
  book.equal('every header is right', wrong, 0);
  book.check('headers are counted', sent >= headerBytes && headerBytes > 0, `${sent} sent, ${headerBytes} read`);
  book.equal('every stream is counted', figures.opened(), report.started);
}

async function datagrams(lab: Lab, book: Book): Promise<void> {
  const before = await lab.quietTcp();
  const count = lab.pick(600_000, 10_000);
  const plan = { clients: 16, count, perFlow: 50, minBytes: 0, maxBytes: 1_400, pauseMs: 0 };
  const big = { clients: 4, count: lab.pick(50_000, 1_000), perFlow: 10, minBytes: 0, maxBytes: 65_507, pauseMs: 0 };
  let [sent, answered, bytes] = [0, 0, 0];
  for (const [name, options] of Object.entries({ small: plan, big })) {
    await lab.clients.datagrams(name, { hosts: [UDP.ip], port: 80, ...options });
    const report = await lab.clients.datagramsDone(name);
    book.note(`${name} datagrams, 0 to ${options.maxBytes} B: ${report.sent} in, ${report.answered} answered`);
    book.equal(`${name}: none is lost or wrong`, [report.lost, report.wrong], [0, 0]);
    sent += report.sent;
    answered += report.answered;
    bytes += report.bytes;
  }
  const figures = await lab.figures();
  book.equal('datagrams: bytes from clients are counted', figures.bytesIn - before.bytesIn, bytes);
  book.equal('datagrams: bytes to clients are counted', figures.bytesOut - before.bytesOut, bytes);
  book.equal('datagrams: all are answered', answered, sent);
}

async function garbage(lab: Lab, book: Book): Promise<void> {
  const count = lab.pick(50_000, 3_000);
  const ports = [ADMIN_PORT, HEALTH_PORT, METRICS_PORT];
  const report = await lab.peer('node').garbage({ host: '127.0.0.1', ports, count, concurrency: 50, seed: 77 });
  const { sent, answered, closed, silent, refused } = report;
  const health = await lab.get(HEALTH_PORT, '/healthz');
  book.note(
    `garbage at admin, health and metrics: ${sent} in, ${answered} answered, ${closed} closed, ${silent} silent`,
  );
  book.equal('none is refused', refused, 0);
  book.equal('health answers afterwards', health.status, 200);
  book.check('metrics answer afterwards', (await lab.figures()).opened() > 0);
}
