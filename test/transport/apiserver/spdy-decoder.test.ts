import t from 'tap';
import { type FrameReceiver, SpdyDecoder } from '../../../src/transport/apiserver/spdy-decoder.ts';
import * as frames from '../../../src/transport/apiserver/spdy-frames.ts';

/** What a decoder says of bytes that come in pieces of this size; data of one stream in a row is one entry. */
function decode(bytes: Buffer, pieceBytes: number): string[] {
  const told: string[] = [];
  const last = { prefix: '' };
  const say = (text: string): void => {
    told.push(text);
    last.prefix = '';
  };
  const receiver: FrameReceiver = {
    data(streamId, part) {
      const prefix = `data ${streamId} `;
      if (last.prefix === prefix) told[told.length - 1] += part.toString();
      else told.push(prefix + part.toString());
      last.prefix = prefix;
    },
    fin: (streamId) => say(`fin ${streamId}`),
    synStream: (streamId, headers) => say(`synStream ${streamId} ${headers}`),
    synReply: (streamId, headers) => say(`synReply ${streamId} ${headers}`),
    rstStream: (streamId, status) => say(`rstStream ${streamId} ${status}`),
    initialWindow: (size) => say(`initialWindow ${size}`),
    windowUpdate: (streamId, size) => say(`windowUpdate ${streamId} ${size}`),
    pingReceived: (id) => say(`ping ${id}`),
    goAway: (streamId) => say(`goAway ${streamId}`),
  };
  const decoder = new SpdyDecoder(receiver);
  for (let at = 0; at < bytes.length; at += pieceBytes) decoder.push(bytes.subarray(at, at + pieceBytes));
  return told;
}

const dataFrame = (streamId: number, text: string, fin: boolean): Buffer =>
  Buffer.concat([frames.dataFrameHeader(streamId, text.length, fin), Buffer.from(text)]);

const cases = [
  { name: 'SYN_STREAM', frame: frames.synStreamFrame(1, Buffer.from('h'), false), told: ['synStream 1 h'] },
  {
    name: 'SYN_STREAM with FIN',
    frame: frames.synStreamFrame(3, Buffer.from('h'), true),
    told: ['synStream 3 h', 'fin 3'],
  },
  { name: 'SYN_REPLY', frame: frames.synReplyFrame(5, Buffer.from('h')), told: ['synReply 5 h'] },
  { name: 'SYN_REPLY without headers', frame: frames.synReplyFrame(5, Buffer.alloc(0)), told: ['synReply 5 '] },
  { name: 'RST_STREAM', frame: frames.rstStreamFrame(7, 5), told: ['rstStream 7 5'] },
  { name: 'SETTINGS', frame: frames.initialWindowFrame(70_000), told: ['initialWindow 70000'] },
  { name: 'PING', frame: frames.pingFrame(9), told: ['ping 9'] },
  { name: 'GOAWAY', frame: frames.goAwayFrame(11), told: ['goAway 11'] },
  { name: 'WINDOW_UPDATE', frame: frames.windowUpdateFrame(13, 65_536), told: ['windowUpdate 13 65536'] },
  { name: 'DATA', frame: dataFrame(15, 'some bytes', false), told: ['data 15 some bytes'] },
  {
    name: 'DATA with FIN',
    frame: dataFrame(0x7fff_ffff, 'last', true),
    told: ['data 2147483647 last', 'fin 2147483647'],
  },
  { name: 'empty DATA with FIN', frame: dataFrame(15, '', true), told: ['fin 15'] },
  { name: 'empty DATA', frame: dataFrame(15, '', false), told: [] },
];

t.test('what a frame says is read whatever pieces it comes in', async (t) => {
  for (const { name, frame, told } of cases) {
    for (const pieceBytes of [1, 3, 8, 1000]) t.same(decode(frame, pieceBytes), told, `${name} in ${pieceBytes}`);
  }
  const all = Buffer.concat(cases.map(({ frame }) => frame));
  const expected = cases.flatMap(({ told }) => told);
  for (const pieceBytes of [1, 7, 64, 10_000]) t.same(decode(all, pieceBytes), expected, `all in ${pieceBytes}`);
});

t.test('a frame of an unknown type is skipped', async (t) => {
  const unknown = frames.pingFrame(1);
  unknown.writeUInt16BE(10, 2);
  t.same(decode(Buffer.concat([unknown, frames.pingFrame(2)]), 5), ['ping 2']);
});

t.test('what is no SPDY/3.1 is an error', async (t) => {
  const version = frames.pingFrame(1);
  version.writeUInt16BE(0x8002, 0);
  t.throws(() => decode(version, 100), /version 2/);
  const long = frames.pingFrame(1);
  long.writeUInt32BE(1_000_000, 4);
  t.throws(() => decode(long, 100), /1000000 bytes/);
});
