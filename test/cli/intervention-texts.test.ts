import t from 'tap';
import { formatNotes } from '../../src/cli/intervention-resources.ts';
import { interventionPath, parseTarget, subjectOf, wrongFlags } from '../../src/cli/intervention-texts.ts';

t.test('a Service is named with its namespace, and with a port where one is meant', async (t) => {
  t.same(parseTarget('svc/web'), { namespace: 'default', service: 'web' });
  t.same(parseTarget('web:53/udp', 'shop'), { namespace: 'shop', service: 'web', port: '53/udp' });
  t.throws(() => parseTarget('a b'), { code: 'SVL_USAGE' });
  t.equal(subjectOf({ service: 'web', port: '' }), 'web');
  t.equal(subjectOf({ service: 'web', port: 'http' }), 'web:http');
});

t.test('the path names the port only where one alone is to end', async (t) => {
  const target = { namespace: 'shop', service: 'web', port: '53/udp' };
  t.equal(interventionPath('overrides', target, false), '/v1/overrides/shop/web');
  t.equal(interventionPath('faults', target, true), '/v1/faults/shop/web?port=53%2Fudp');
  t.equal(interventionPath('faults', { namespace: 'a/b', service: 'c?' }, true), '/v1/faults/a%2Fb/c%3F');
});

t.test('what is wrong is told by the flag that it came from', async (t) => {
  const error = wrongFlags(
    [
      { field: 'target', message: 'expected x' },
      { field: 'ttl', message: 'needed: y' },
    ],
    'override',
  );
  t.match(error, { message: 'target: expected x; --ttl: needed: y', hint: 'svclane override --help' });
});

t.test('what is in force is one cell of a table', async (t) => {
  const until = new Date(2026, 0, 2, 15, 4, 10).toISOString();
  const nowMs = new Date(2026, 0, 2, 14, 0, 0).getTime();
  const notes = [
    { kind: 'override', text: 'localhost:3000 (20%)', until },
    { kind: 'fault', text: 'refuse 2%', until },
  ] as const;
  t.equal(formatNotes(notes, nowMs), 'override localhost:3000 (20%) until 15:04:10; fault refuse 2% until 15:04:10');
  t.equal(formatNotes([], nowMs), '');
});
