import fc from 'fast-check';
import t from 'tap';
import { createDnsResponder } from '../../src/dns/dns-responder.ts';
import { optFor, questionFor, rcodeOf } from '../fixtures/dns.ts';
import { namesOf } from '../fixtures/names.ts';
import { seededBytes } from '../fixtures/seeded-bytes.ts';

const source = namesOf();
const respond = createDnsResponder({ names: () => source, forwarder: undefined });
const FUZZED = 100_000;

const SEEDS: readonly Buffer[] = [
  questionFor('web.shop.svc.cluster.local', 'A'),
  questionFor('_redis._tcp.db.shop.svc.cluster.local', 'SRV', optFor(1232)),
  questionFor('ext.shop', 'AAAA', optFor(4096)),
  questionFor('15.0.96.10.in-addr.arpa', 'SOA'),
];

/** A reply is a response with the id of the message, or there is none. */
function isSound(message: Buffer, reply: Buffer | undefined): boolean {
  if (reply === undefined) return message.length < 12 || (message.readUInt8(2) & 0x80) !== 0;
  const isResponse = (reply.readUInt8(2) & 0x80) !== 0;
  return isResponse && reply.readUInt16BE(0) === message.readUInt16BE(0) && reply.length <= 4096;
}

t.test(`${FUZZED} damaged questions are answered soundly or dropped`, async (t) => {
  const random = seededBytes(7);
  const rcodes = new Set<number>();
  for (let i = 0; i < FUZZED; i++) {
    const message = damaged(SEEDS[i % SEEDS.length] ?? Buffer.alloc(0), random);
    const reply = await respond(message, false);
    if (!isSound(message, reply)) t.fail(message.toString('hex'));
    if (reply) rcodes.add(rcodeOf(reply));
  }
  t.same(
    [...rcodes].filter((code) => code === 2),
    [],
    'none made us fail',
  );
  for (const code of [0, 1, 3, 4, 5]) t.ok(rcodes.has(code), `some got ${code}`);
});

t.test('whatever the bytes are, the answer is sound', async (t) => {
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.boolean(), async (bytes, isTcp) => {
    const message = Buffer.from(bytes);
    return isSound(message, await respond(message, isTcp));
  });
  await fc.assert(property, { seed: 11, numRuns: 2000 });
  t.pass('holds');
});

/** Some bytes replaced, and often some cut off or added. */
function damaged(seed: Buffer, random: (below: number) => number): Buffer {
  const copy = Buffer.from(seed);
  for (let n = random(6); n >= 0; n--) copy[random(copy.length)] = random(256);
  const how = random(4);
  if (how === 0) return copy.subarray(0, random(copy.length + 1));
  return how === 1 ? Buffer.concat([copy, Buffer.alloc(random(40), random(256))]) : copy;
}
