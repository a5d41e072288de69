import t from 'tap';
import { entryCheck } from '../../src/config/entry-check.ts';
import { LANE } from '../../src/config/lane-schema.ts';

const GOOD = { target: 'svc/web', listen: '127.0.0.1:80' };

t.test('an entry of a long list is held against the same schema as one of a short list', (t) => {
  const cases: readonly [string, unknown, boolean][] = [
    ['what is needed', GOOD, true],
    ['everything', { ...GOOD, namespace: 'shop', port: 80, protocol: 'UDP' }, true],
    ['the port by its name', { ...GOOD, port: 'http' }, true],
    ['nothing', {}, false],
    ['no mapping', 'svc/web', false],
    ['null', null, false],
    ['a list', [GOOD], false],
    ['an unknown key', { ...GOOD, ports: 80 }, false],
    ['a key that is null', { ...GOOD, port: null }, false],
    ['an address that is none', { ...GOOD, listen: 'localhost:80' }, false],
    ['a target that is none', { ...GOOD, target: 'web' }, false],
    ['a port out of range', { ...GOOD, port: 70_000 }, false],
    ['a port name that is none', { ...GOOD, port: 'A!' }, false],
    ['another protocol', { ...GOOD, protocol: 'SCTP' }, false],
    ['a key of all objects', JSON.parse('{"target":"svc/web","listen":"127.0.0.1:80","__proto__":{}}'), false],
  ];
  const [short, long] = [entryCheck(LANE, 1), entryCheck(LANE, 1_000)];
  for (const [name, entry, expected] of cases) t.same([short(entry), long(entry)], [expected, expected], name);
  t.end();
});
