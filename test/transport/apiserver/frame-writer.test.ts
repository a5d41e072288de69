import t from 'tap';
import { FrameWriter } from '../../../src/transport/apiserver/frame-writer.ts';
import { ROOM_BYTES } from '../../../src/transport/apiserver/open-message.ts';
import { SpdyDecoder } from '../../../src/transport/apiserver/spdy-decoder.ts';
import { pingFrame } from '../../../src/transport/apiserver/spdy-frames.ts';

const STREAM = 3;
const BIG = 100_000;

/** A writer whose messages are decoded: what was sent, in order. */
function start({ allowance = Number.POSITIVE_INFINITY }: { allowance?: number } = {}) {
  const sent: string[] = [];
  let bytes = 0;
  let backlog = 0;
  let left = allowance;
  const decoder = new SpdyDecoder({
    data: (streamId, data) => {
      bytes += data.length;
      sent.push(`${streamId}: ${data.length} of ${data[0]}`);
    },
    fin: (streamId) => sent.push(`${streamId}: fin`),
    synStream: () => {},
    synReply: () => {},
    rstStream: () => {},
    initialWindow: () => {},
    windowUpdate: () => {},
    pingReceived: (id) => sent.push(`ping ${id}`),
    goAway: () => {},
  });
  const done: (() => void)[] = [];
  const writer = new FrameWriter(
    {
      backlog: () => backlog,
      isBusy: () => false,
      send: (message, callback) => {
        sent.push('message');
        decoder.push(message.subarray(ROOM_BYTES));
        done.push(callback);
      },
    },
    {
      allowance: () => left,
      taken: (_, length) => {
        left -= length;
      },
    },
  );
  const setBacklog = (value: number): void => {
    backlog = value;
  };
  const out = (): void => {
    for (const each of done.splice(0)) each();
  };
  return { writer, sent, setBacklog, bytes: () => bytes, out };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('bytes that are taken may be overwritten at once, and go out in order with what comes behind', async (t) => {
  const { writer, sent } = start();
  writer.control(pingFrame(1));
  const shared = Buffer.alloc(BIG, 1);
  t.equal(writer.takeNow(STREAM, shared), BIG);
  shared.fill(9);
  writer.control(pingFrame(3));
  writer.data(STREAM, Buffer.alloc(0), true, () => {});
  await turn();
  t.same(sent, ['message', 'ping 1', '3: 65536 of 1', `3: ${BIG - 65_536} of 1`, 'ping 3', 'message', '3: fin']);
});

t.test('more than a message holds goes out in several, whose buffers are used again', async (t) => {
  const { writer, sent, bytes, out } = start();
  for (let round = 0; round < 3; round++) {
    t.equal(writer.takeNow(STREAM, Buffer.alloc(300_000, round)), 300_000);
    await turn();
    out();
  }
  t.equal(bytes(), 900_000);
  t.equal(sent.filter((line) => line === 'message').length, 6);
});

for (const [name, prepare] of [
  ['few bytes', (rig: ReturnType<typeof start>) => rig.writer.takeNow(STREAM, Buffer.alloc(100))],
  [
    'bytes behind others that wait',
    (rig: ReturnType<typeof start>) => {
      rig.writer.data(STREAM, Buffer.from('x'), false, () => {});
      return rig.writer.takeNow(STREAM, Buffer.alloc(BIG));
    },
  ],
  [
    'bytes after the end',
    (rig: ReturnType<typeof start>) => {
      rig.writer.close();
      return rig.writer.takeNow(STREAM, Buffer.alloc(BIG));
    },
  ],
] as const) {
  t.test(`${name} are not taken`, (t) => {
    t.equal(prepare(start()), 0);
    t.end();
  });
}

t.test('no more is taken than the window allows', async (t) => {
  const { writer, bytes } = start({ allowance: 70_000 });
  t.equal(writer.takeNow(STREAM, Buffer.alloc(BIG)), 70_000);
  await turn();
  t.equal(bytes(), 70_000);
});

t.test('behind a backlog some are taken, then there is no room until what was taken is out', async (t) => {
  const { writer, bytes, setBacklog, sent } = start();
  setBacklog(1_000_000);
  t.equal(writer.takeNow(STREAM, Buffer.alloc(65_536)), 65_536);
  t.notOk(writer.awaitRoom(() => t.fail('nobody was to be told')));
  const taken = 65_536 + writer.takeNow(STREAM, Buffer.alloc(1_000_000));
  t.ok(taken > 200_000 && taken < 600_000, `${taken} bytes`);
  t.equal(writer.takeNow(STREAM, Buffer.alloc(BIG)), 0);
  const freed = new Promise<void>((resolve) => t.ok(writer.awaitRoom(resolve)));
  await turn();
  t.same(sent, []);
  setBacklog(0);
  writer.control(pingFrame(1));
  await freed;
  t.equal(bytes(), taken);
  await turn();
  t.equal(sent.at(-1), 'ping 1');
});

t.test('bytes behind more control frames than a message holds are left to the queue', async (t) => {
  const { writer, sent } = start();
  for (let i = 0; i < 30_000; i++) writer.control(pingFrame(1));
  t.equal(writer.takeNow(STREAM, Buffer.alloc(BIG)), 0);
  await turn();
  t.equal(sent.length, 30_001);
});
