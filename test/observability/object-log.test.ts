import t from 'tap';
import type { Problem } from '../../src/model/problem.ts';
import { ObjectLog } from '../../src/observability/object-log.ts';
import { frontendOf, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { recordingLogger } from '../fixtures/log-lines.ts';

const problem = (path: string): Problem => ({ code: 'PORT_INVALID', path, message: `${path} is wrong` });

t.test('a problem is told once for each object, and again when it came back', (t) => {
  const { logger, lines } = recordingLogger();
  const log = new ObjectLog(logger);
  const rejected = (name: string, ...paths: string[]) =>
    log.rejected({ kind: 'Service', namespace: 'shop', name, skipped: false, problems: paths.map(problem) });
  rejected('web', 'a', 'b');
  rejected('web', 'a', 'b');
  rejected('web', 'b', 'c');
  rejected('web', 'a');
  rejected('other', 'a');
  t.same(
    lines.map(({ object, path }) => `${object} ${path}`),
    ['Service shop/web a', 'Service shop/web b', 'Service shop/web c', 'Service shop/web a', 'Service shop/other a'],
  );
  t.match(lines[0], { level: 'warn', reason: 'ObjectProblem', code: 'PORT_INVALID', msg: 'a is wrong' });
  t.end();
});

t.test('an object that is skipped says so, with its file where it has one', (t) => {
  const { logger, lines } = recordingLogger();
  const rejection = {
    kind: 'Node',
    namespace: '',
    name: 'n',
    skipped: true,
    problems: [problem('p')],
    where: 'a.yaml:3',
  };
  new ObjectLog(logger).rejected(rejection);
  t.match(lines, [{ reason: 'ObjectSkipped', object: 'Node n', where: 'a.yaml:3' }]);
  t.end();
});

t.test('a conflict over a frontend is told when it begins and when it ends', (t) => {
  const { logger, lines } = recordingLogger();
  const log = new ObjectLog(logger);
  const conflict = { frontend: frontendOf('192.0.2.9', 80), owner: 'shop/first' };
  const synced = (conflicts: readonly (typeof conflict)[]) =>
    log.synced({
      table: tableOf(2, [serviceRoutesOf('shop/second', [], { conflicts })]),
      diff: { added: [], removed: [], changed: [], services: ['shop/second', 'shop/deleted'] },
      durationMs: 1,
      serviceChanges: 1,
      endpointChanges: 0,
      triggerTimesMs: [],
    });
  synced([conflict]);
  synced([conflict]);
  synced([]);
  synced([]);
  t.match(lines, [
    { reason: 'FrontendConflict', svc: 'shop/second', frontend: '192.0.2.9:80/TCP', owner: 'shop/first' },
    { reason: 'FrontendConflictEnded', svc: 'shop/second' },
  ]);
  t.equal(lines.length, 2);
  t.end();
});
