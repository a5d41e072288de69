import { connect, createServer } from 'node:net';
import { decode } from 'dns-packet';
import t from 'tap';
import { createDnsServer } from '../../src/dns/dns-server.ts';
import { CLIENT_TIMEOUT_MS } from '../../src/dns/dns-tcp-server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { askTcp, askUdp, openDns, openUpstream, optFor, questionFor, rcodeOf, resolverOf } from '../fixtures/dns.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { clusterTable, namesOf } from '../fixtures/names.ts';
import { nodeContext, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';
import { ending, listen } from '../fixtures/tcp-rig.ts';

const WEB = 'web.shop.svc.cluster.local';
const DB = 'db.shop.svc.cluster.local';

t.test('a real client gets every kind of record', async (t) => {
  const resolver = resolverOf(await openDns(t));
  t.same(await resolver.resolve4(WEB, { ttl: true }), [{ address: '10.96.0.15', ttl: 5 }]);
  t.same(await resolver.resolve6(WEB), ['fd96::f']);
  t.same((await resolver.resolve4(DB)).sort(), ['10.244.1.8', '10.244.2.8']);
  t.same(await resolver.resolve4(`db-0.${DB}`), ['10.244.1.8']);
  t.match(await resolver.resolveSrv(`_http._tcp.${WEB}`), [{ name: WEB, port: 80, priority: 0, weight: 100 }]);
  t.same(await resolver.reverse('10.96.0.15'), [WEB]);
  t.same(await resolver.reverse('fd96::f'), [WEB]);
  t.same(await resolver.resolveCname('ext.shop.svc.cluster.local'), ['db.example.com']);
  t.same(await resolver.resolveTxt('dns-version.cluster.local'), [['1.1.0']]);
  t.same(await resolver.resolveNs('cluster.local'), ['ns.dns.cluster.local']);
  t.match(await resolver.resolveSoa('cluster.local'), { hostmaster: 'hostmaster.cluster.local', minttl: 5 });
  t.same(await resolver.resolve4('alias.shop.svc.cluster.local'), ['10.96.0.15'], 'a CNAME within the cluster');
  t.same(await resolver.resolve4('ns.dns.cluster.local'), ['127.0.0.1'], 'its own address');
});

t.test('a real client is told no data, no such name and refusal apart', async (t) => {
  const resolver = resolverOf(await openDns(t));
  await t.rejects(resolver.resolve6(DB), { code: 'ENODATA' });
  await t.rejects(resolver.resolve4(`nope.${DB}`), { code: 'ENOTFOUND' });
  await t.rejects(resolver.resolve4('www.example.com'), { code: 'EREFUSED' });
});

t.test('a negative answer has the SOA of its zone, by which it is remembered', async (t) => {
  const server = await openDns(t);
  for (const [name, rcode] of [
    [`nope.${DB}`, 3],
    [DB, 0],
  ] as const) {
    const reply = await askUdp(server, questionFor(name, 'AAAA'));
    t.equal(rcodeOf(reply), rcode);
    t.match(decode(reply), {
      flag_aa: true,
      answers: [],
      authorities: [{ type: 'SOA', name: 'cluster.local', ttl: 5 }],
    });
  }
});

t.test('the question goes back as it came, and so does the case of its name', async (t) => {
  const question = questionFor('wEb.ShOp.svc.CLUSTER.local', 'A');
  const reply = await askUdp(await openDns(t), question);
  t.same(reply.subarray(12, question.length), question.subarray(12));
  t.match(decode(reply), {
    id: 4711,
    flag_rd: true,
    answers: [{ name: 'wEb.ShOp.svc.CLUSTER.local', data: '10.96.0.15' }],
  });
});

t.test('each pod of a headless Service is the first in turn', async (t) => {
  const server = await openDns(t);
  const firsts = new Set<unknown>();
  for (let i = 0; i < 4; i++) {
    const [first] = decode(await askUdp(server, questionFor(DB, 'A'))).answers ?? [];
    firsts.add(first && 'data' in first && first.data);
  }
  t.same([...firsts].sort(), ['10.244.1.8', '10.244.2.8']);
});

t.test('what does not fit', async (t) => {
  const endpoints = Array.from({ length: 300 }, (_, i) => rawEndpoint(`10.244.${i >> 7}.${i & 127}`));
  const table = tableWith(
    [rawService({ clusterIP: 'None', clusterIPs: ['None'] }), rawSlice('web-1', endpoints)],
    {},
    true,
  );
  const names = namesOf(table);
  const server = await openDns(t, { names: () => names });

  t.test('is cut, with TC, at what the client can receive', async (t) => {
    for (const [opt, limit] of [
      [{}, 512],
      [optFor(100), 512],
      [optFor(1232), 1232],
      [optFor(65_000), 4096],
    ] as const) {
      const reply = await askUdp(server, questionFor(WEB, 'A', opt));
      t.ok(reply.length <= limit && reply.length > limit - 16, `${reply.length} of ${limit}`);
      t.equal(decode(reply).flag_tc, true);
    }
  });

  t.test('comes whole by TCP, where a real client asks again', async (t) => {
    t.equal((await resolverOf(server).resolve4(WEB)).length, 300);
    const [reply] = await askTcp(server, [questionFor(WEB, 'A')]);
    t.match(reply && decode(reply), { flag_tc: false, answers: { length: 300 } });
  });

  t.test('leaves addresses of SRV targets out without TC', async (t) => {
    const reply = await askUdp(server, questionFor(`_http._tcp.${WEB}`, 'SRV', optFor(4096)));
    t.ok(reply.length <= 4096);
  });
});

t.test('EDNS is answered with EDNS, and an unknown version of it with BADVERS', async (t) => {
  const server = await openDns(t);
  const [opt] = decode(await askUdp(server, questionFor(WEB, 'A', optFor(1232)))).additionals ?? [];
  t.match(opt, { type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 });
  t.same(decode(await askUdp(server, questionFor(WEB, 'A'))).additionals, [], 'and not without');
  const bad = decode(await askUdp(server, questionFor(WEB, 'A', optFor(1232, 1))));
  t.match(bad, { answers: [], additionals: [{ type: 'OPT', extendedRcode: 1 }] });
});

const REFUSED: readonly (readonly [title: string, message: Buffer, rcode: number])[] = [
  ['a zone transfer is refused', questionFor('cluster.local', 'AXFR'), 5],
  ['another class is refused', questionFor(WEB, 'A', { questions: [{ name: WEB, type: 'A', class: 'CH' }] }), 5],
  ['an update is not implemented', patched(questionFor(WEB, 'A'), 2, 0x28), 4],
  [
    'two questions are malformed',
    questionFor(WEB, 'A', {
      questions: [
        { name: WEB, type: 'A' },
        { name: DB, type: 'A' },
      ],
    }),
    1,
  ],
  ['no question is malformed', questionFor(WEB, 'A', { questions: [] }), 1],
  [
    'a name that points to itself is malformed',
    Buffer.concat([questionFor('.', 'A').subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    1,
  ],
  ['a question that is cut off is malformed', questionFor(WEB, 'A').subarray(0, 30), 1],
  ['an OPT that is cut off is malformed', questionFor(WEB, 'A', optFor(1232)).subarray(0, -3), 1],
];

for (const [title, message, rcode] of REFUSED) {
  t.test(title, async (t) => {
    const server = await openDns(t);
    t.equal(rcodeOf(await askUdp(server, message)), rcode);
    const [reply] = await askTcp(server, [message]);
    t.equal(reply && rcodeOf(reply), rcode, 'by TCP too');
  });
}

t.test('what is no question is not answered, and the next question is', async (t) => {
  const server = await openDns(t);
  const response = patched(questionFor(WEB, 'A'), 2, 0x81);
  const reply = await askUdp(server, response, Buffer.alloc(11), questionFor(WEB, 'A'));
  t.match(decode(reply), { answers: [{ data: '10.96.0.15' }] });
});

t.test('before the first table a question fails rather than be told no such name', async (t) => {
  const names = namesOf(emptyTable(nodeContext()));
  const server = await openDns(t, { names: () => names });
  t.equal(rcodeOf(await askUdp(server, questionFor(WEB, 'A'))), 2);
});

t.test('clients by TCP', async (t) => {
  t.test('may ask many questions at once, and in pieces', async (t) => {
    const server = await openDns(t);
    const questions = Array.from({ length: 50 }, (_, id) => patched(patched(questionFor(WEB, 'A'), 0, 0), 1, id));
    for (const piece of [3, 65_536]) {
      const replies = await askTcp(server, questions, piece);
      t.same(
        replies.map((reply) => reply.readUInt16BE(0)),
        questions.map((_, id) => id),
        'in their order',
      );
    }
  });

  t.test('are hung up on when they are slow, whatever they send meanwhile', async (t) => {
    const clock = new SteppedClock();
    const server = await openDns(t, { clock });
    const socket = connect({ host: server.address, port: server.port });
    t.teardown(() => socket.destroy());
    await clock.untilTimer(CLIENT_TIMEOUT_MS + 1);
    const ended = ending(socket);
    socket.write(Buffer.from([0]));
    clock.advance(CLIENT_TIMEOUT_MS);
    t.match(await ended, /end|close|ECONNRESET/);
  });

  t.test('are hung up on when they send too much, and others are served', async (t) => {
    const server = await openDns(t);
    const socket = connect({ host: server.address, port: server.port });
    t.teardown(() => socket.destroy());
    socket.write(Buffer.alloc(20_000, 0xff));
    t.match(await ending(socket), /end|close|ECONNRESET|EPIPE/);
    t.equal((await askTcp(server, [questionFor(WEB, 'A')])).length, 1);
  });
});

t.test('another name server', async (t) => {
  t.test('is asked what is not ours, and its answer is passed on', async (t) => {
    const upstream = await openUpstream(t);
    const resolver = resolverOf(await openDns(t, { forward: upstream }));
    t.same(await resolver.resolve4('www.example.com'), ['192.0.2.1']);
    await t.rejects(resolver.resolve4('unknown.example.com'), { code: 'ENOTFOUND' });
    t.same(await resolver.resolve4(WEB), ['10.96.0.15']);
    t.same(upstream.asked, ['www.example.com', 'unknown.example.com'], 'ours are not told to it');
  });

  t.test('is asked what an ExternalName stands for', async (t) => {
    const resolver = resolverOf(await openDns(t, { forward: await openUpstream(t) }));
    t.same(await resolver.resolve4('ext.shop.svc.cluster.local'), ['192.0.2.1']);
  });

  t.test('has the first word on a name that may be public', async (t) => {
    const upstream = await openUpstream(t);
    const resolver = resolverOf(await openDns(t, { forward: upstream }));
    t.same(await resolver.resolve4('dns.infra'), ['192.0.2.1'], 'it knows the name');
    t.same(await resolver.resolve4('web.shop'), ['10.96.0.15'], 'it does not');
    t.same(await resolver.resolve4('web'), ['10.96.0.15']);
    t.same(await resolver.resolve4('web.shop.svc'), ['10.96.0.15']);
    t.same(upstream.asked, ['dns.infra', 'web.shop']);
  });

  t.test('that is silent makes a question fail', async (t) => {
    const clock = new SteppedClock();
    const silent = createServer();
    const port = await listen(silent, '127.0.0.1');
    t.teardown(() => silent.close());
    const server = await openDns(t, { forward: { address: '127.0.0.1', port }, clock });
    const asked = askTcp(server, [questionFor('www.example.com', 'A')]);
    for (let i = 0; i < 2; i++) {
      await clock.untilTimer(2001);
      clock.advance(2000);
    }
    const [reply] = await asked;
    t.equal(reply && rcodeOf(reply), 2);
  });

  t.test('must not be the server itself', async (t) => {
    const listenAt = { address: '127.0.0.1', port: 5353 };
    const server = createDnsServer({ listen: listenAt, forward: listenAt, names: () => namesOf(), clock: systemClock });
    await t.rejects(server.open(), { code: 'SVL_CONFIG_INVALID' });
  });
});

t.test('an address that is taken is told, with what would help', async (t) => {
  const first = await openDns(t);
  const second = createDnsServer({ listen: first, names: () => namesOf(), clock: systemClock });
  await t.rejects(second.open(), { code: 'SVL_LISTEN', hint: /another process/, message: /EADDRINUSE/ });
  await second.close();
  t.equal((await askTcp(first, [questionFor(WEB, 'A')])).length, 1, 'the first goes on');
});

t.test('it serves IPv6, and what it answers follows the table', async (t) => {
  let names = namesOf(clusterTable());
  const server = await openDns(t, { listen: { address: '::1', port: 0 }, names: () => names });
  const resolver = resolverOf(server);
  t.same(await resolver.resolve4(WEB), ['10.96.0.15']);
  names = namesOf(clusterTable(), { 'shop/web': '127.77.3.4' });
  t.same(await resolver.resolve4(WEB), ['127.77.3.4']);
});

t.test('closing twice is as closing once', async (t) => {
  const server = createDnsServer({
    listen: { address: '127.0.0.1', port: 0 },
    names: () => namesOf(),
    clock: systemClock,
  });
  await server.open();
  await Promise.all([server.close(), server.close()]);
  await server[Symbol.asyncDispose]();
  t.pass('all resolved');
});

function patched(message: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(message);
  copy[at] = byte;
  return copy;
}
