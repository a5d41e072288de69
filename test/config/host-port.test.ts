import t from 'tap';
import { parseHostPort } from '../../src/config/host-port.ts';

t.test('an address with a port is canonical, anything else is none', (t) => {
  const cases: readonly [string, string | undefined][] = [
    ['127.0.0.1:8080', '127.0.0.1 8080'],
    ['127.0.0.1:0', '127.0.0.1 0'],
    ['[::1]:80', '::1 80'],
    ['[FD00:0::1]:80', 'fd00::1 80'],
    ['::1:80', undefined],
    ['[127.0.0.1]:80', undefined],
    ['127.0.0.1', undefined],
    ['127.0.0.1:65536', undefined],
    ['127.0.0.1:-1', undefined],
    ['localhost:80', undefined],
    [':80', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) {
    const found = parseHostPort(text);
    t.equal(found && `${found.address} ${found.port}`, expected, JSON.stringify(text));
  }
  t.end();
});

t.test('with a default the port may be left out', (t) => {
  for (const [text, address] of [
    ['0.0.0.0', '0.0.0.0'],
    ['::1', '::1'],
    ['[::]', '::'],
  ] as const) {
    t.same(parseHostPort(text, 10_256), { address, port: 10_256 });
  }
  t.same(parseHostPort('[::1]:80', 10_256), { address: '::1', port: 80 });
  t.equal(parseHostPort('', 10_256), undefined);
  t.end();
});
