import { once } from 'node:events';
import { createInflate } from 'node:zlib';
import t from 'tap';
import { HeaderBlockWriter } from '../../../src/transport/apiserver/header-block.ts';

t.test('each block can be inflated as soon as it is there, in one zlib stream', async (t) => {
  const writer = new HeaderBlockWriter();
  const inflate = createInflate();
  for (const [name, value] of [
    ['port', '80'],
    ['requestid', '17'],
  ] as const) {
    inflate.write(writer.write({ [name]: value }));
    const [block] = await once(inflate, 'data');
    const parts = [`\0\0\0\x01`, `\0\0\0${String.fromCharCode(name.length)}${name}`];
    t.equal(block.toString('latin1'), `${parts.join('')}\0\0\0${String.fromCharCode(value.length)}${value}`);
  }
});
