import { readFileSync } from 'node:fs';
import t from 'tap';
import { ERROR_CODES, errnoOf, SvclaneError } from '../src/errors.ts';

t.test('docs/errors.md has every code with its meaning, and no other', (t) => {
  const text = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(SVL_\w+)` \| ([^|]+?) \|/gm)].map(([, code, meaning]) => [code, meaning]);
  t.same(rows, Object.entries(ERROR_CODES));
  t.end();
});

t.test('an error has its code, hint, facts and cause', (t) => {
  const cause = new Error('EADDRINUSE');
  const error = new SvclaneError('SVL_LISTEN', 'cannot listen', { hint: 'free it', cause, facts: { port: 80 } });
  t.match(error, { code: 'SVL_LISTEN', message: 'cannot listen', hint: 'free it', cause, facts: { port: 80 } });
  t.notOk('cause' in new SvclaneError('SVL_USAGE', 'wrong'));
  t.end();
});

t.test('the errno of a system error is its code, and of anything else undefined', (t) => {
  t.equal(errnoOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  for (const other of [new Error('x'), { code: 5 }, null, undefined, 'ECONNREFUSED'])
    t.equal(errnoOf(other), undefined);
  t.end();
});
