import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { proxyHeader } from '../../src/proxy/proxy-protocol.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  createRig,
  deadEndpoint,
  next,
  nextEnd,
  OwnAddressCapture,
  open,
  pattern,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';

const V4 = { address: '192.0.2.9', port: 56_324 };
const V4_ASKED = { address: '10.96.0.10', port: 443 };
const V6 = { address: '2001:db8::9', port: 1 };
const V6_ASKED = { address: 'fd96::a', port: 65_535 };
const SIGNATURE = '0d0a0d0a000d0a515549540a';

t.test('the text header names both sides', async (t) => {
  const text = (...sides: [typeof V4, typeof V4]): string => proxyHeader('v1', ...sides).toString('latin1');
  t.equal(text(V4, V4_ASKED), 'PROXY TCP4 192.0.2.9 10.96.0.10 56324 443\r\n');
  t.equal(text(V6, V6_ASKED), 'PROXY TCP6 2001:db8::9 fd96::a 1 65535\r\n');
  t.equal(text(V4, V6_ASKED), 'PROXY UNKNOWN\r\n');
});

t.test('the binary header has the addresses, then the ports, in network order', async (t) => {
  const hex = (...sides: [typeof V4, typeof V4]): string => proxyHeader('v2', ...sides).toString('hex');
  t.equal(hex(V4, V4_ASKED), `${SIGNATURE}2111000cc00002090a60000adc0401bb`);
  const ends = '20010db8000000000000000000000009fd96000000000000000000000000000a';
  t.equal(hex(V6, V6_ASKED), `${SIGNATURE}21210024${ends}0001ffff`);
  t.equal(hex(V6, V4_ASKED), `${SIGNATURE}21000000`, 'unspecified');
});

for (const reads of ['auto', 'plain'] as const) {
  for (const proxyProtocol of ['v1', 'v2'] as const) {
    t.test(`${proxyProtocol}, reads ${reads}: the header comes first, and is counted apart`, async (t) => {
      const got = Promise.withResolvers<Buffer>();
      const backend = await tcpBackend(t, (socket) => {
        got.resolve(receive(socket));
        socket.end('bye');
      });
      const set = createRig(t, { reads, settings: { ...SETTINGS, proxyProtocol } });
      const port = await open(set, routeTo({ endpoints: [backend] }));
      const ended = nextEnd(t);
      const client = tcpClient(t, port);
      const sent = pattern(400_000, 5);
      client.end(sent);
      t.equal((await receive(client)).toString(), 'bye');
      const flow = await ended;
      const me = { address: '127.0.0.1', port: flow.clientPort };
      const header = proxyHeader(proxyProtocol, me, { address: '127.0.0.1', port });
      t.ok((await got.promise).equals(Buffer.concat([header, sent])));
      t.match(flow, { bytesIn: sent.length, headerBytes: header.length, end: { cause: 'finished' } });
    });
  }

  t.test(`reads ${reads}: a backend that speaks first gets the header all the same`, async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.once('data', (chunk) => socket.end(chunk)));
    const set = createRig(t, { reads, settings: { ...SETTINGS, proxyProtocol: 'v1' } });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [backend] })));
    t.match((await receive(client)).toString(), /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n$/);
  });
}

t.test('the address is the one that the client asked, whatever socket the kernel led it to', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.once('data', (chunk) => socket.end(chunk)));
  const capture = new OwnAddressCapture();
  capture.bindingOf = () => ({ address: '127.0.0.1', port: 0 });
  const set = createRig(t, { capture, settings: { ...SETTINGS, proxyProtocol: 'v1' } });
  const frontend = { kind: 'clusterIP', address: '10.96.0.10', port: 443 } as const;
  const client = tcpClient(t, await open(set, routeTo({ endpoints: [backend], frontend })));
  t.match((await receive(client)).toString(), /^PROXY TCP4 127\.0\.0\.1 10\.96\.0\.10 \d+ 443\r\n$/);
});

t.test('IPv6 clients are told as such', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.once('data', (chunk) => socket.end(chunk)));
  const set = createRig(t, { settings: { ...SETTINGS, proxyProtocol: 'v1' } });
  const port = await open(set, routeTo({ endpoints: [backend], frontend: { address: '::1' } }));
  t.match((await receive(tcpClient(t, port, '::1'))).toString(), `PROXY TCP6 ::1 ::1 `);
});

t.test('only the endpoint that is taken gets the header, once; the annotation counts', async (t) => {
  const [dead, alive] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.pipe(socket))];
  const set = createRig(t, { clock: new SteppedClock() });
  const route = routeTo({ endpoints: [dead, alive] });
  const annotated = { ...route, servicePort: { ...route.servicePort, proxyProtocol: 'v1' as const } };
  const failed = next(t, channels.dialFailed);
  const client = tcpClient(t, await open(set, annotated));
  client.end('hello');
  t.match((await receive(client)).toString(), /^PROXY TCP4 [^\r]+\r\nhello$/);
  t.match(await failed, { endpoint: dead.key });
});
