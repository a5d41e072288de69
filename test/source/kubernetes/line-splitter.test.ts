import fc from 'fast-check';
import t from 'tap';
import { LineSplitter } from '../../../src/source/kubernetes/line-splitter.ts';

t.test('lines are the same however the bytes are cut', async (t) => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '));
  const property = fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, sizes) => {
    const splitter = new LineSplitter();
    let rest = Buffer.from(lines.map((text) => `${text}\n`).join(''));
    const found: string[] = [];
    for (const size of sizes) {
      found.push(...splitter.push(rest.subarray(0, size)));
      rest = rest.subarray(size);
    }
    found.push(...splitter.push(rest));
    return splitter.pendingBytes === 0 && JSON.stringify(found) === JSON.stringify(lines.filter((text) => text !== ''));
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test('bytes after the last newline are pending', async (t) => {
  const splitter = new LineSplitter();
  t.same(splitter.push(Buffer.from('one\ntw')), ['one']);
  t.equal(splitter.pendingBytes, 2);
  t.same(splitter.push(Buffer.from('o\n')), ['two']);
});

t.test('a line without end is refused before it fills the memory', async (t) => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(8 * 1024 * 1024, 0x20);
  for (let i = 0; i < 4; i++) splitter.push(chunk);
  t.throws(() => splitter.push(chunk), { code: 'SVL_API_RESPONSE' });
});
