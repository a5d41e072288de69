import t from 'tap';
import { formatFindings } from '../../../src/cli/doctor/doctor-text.ts';

t.test('findings are lines with their next steps in a column, and a count', async (t) => {
  const text = formatFindings([
    { check: 'a', state: 'ok', message: 'a long message that needs no next step', next: '' },
    { check: 'b', state: 'fail', message: 'port "grpc": 0 of 3', next: 'see: svclane explain' },
    { check: 'c', state: 'warn', message: 'odd', next: 'look\u001b[2J' },
  ]);
  t.equal(
    text,
    `[ok]    a long message that needs no next step
[fail]  port "grpc": 0 of 3   see: svclane explain
[warn]  odd                   look\\u001b[2J
1 failed, 1 warning, 0 skipped
`,
  );
});
