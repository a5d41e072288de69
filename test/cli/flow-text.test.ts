import t from 'tap';
import { formatBytes, formatWhy } from '../../src/cli/flow-text.ts';

t.test('bytes are short', async (t) => {
  const cases: readonly [number, string][] = [
    [0, '0'],
    [1023, '1023'],
    [1229, '1.2Ki'],
    [90_112, '88Ki'],
    [3_565_158, '3.4Mi'],
    [5 * 1024 ** 4, '5.0Ti'],
  ];
  for (const [bytes, expected] of cases) t.equal(formatBytes(bytes), expected);
});

t.test('why an endpoint: how it was chosen, and what was tried before', async (t) => {
  const failedTries = [{ endpoint: '10.0.0.1:80', errno: 'ECONNREFUSED', elapsedMs: 1.2 }];
  t.equal(
    formatWhy({ service: 'web', why: 'roundrobin', failedTries }),
    'roundrobin; try 1 10.0.0.1:80 ECONNREFUSED (1ms)',
  );
  t.equal(formatWhy({ service: 'web', why: '', failedTries: [] }), '');
});

t.test('why an endpoint: an override by its target, and a fault behind all', async (t) => {
  const row = { service: 'web', why: 'override', failedTries: [], override: 'localhost:3000' };
  t.equal(formatWhy(row), 'override web->localhost:3000');
  t.equal(formatWhy({ ...row, fault: 'reset 2%' }), 'override web->localhost:3000; fault reset 2%');
});
