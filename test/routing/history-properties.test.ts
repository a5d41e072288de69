import fc from 'fast-check';
import t from 'tap';
import { deepEqual } from '../../src/lib/deep-equal.ts';
import type { RoutingTable } from '../../src/model/route.ts';
import { History } from '../../src/routing/history.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { anyPast, isSameTable, playPast } from '../fixtures/histories.ts';
import { holds } from '../fixtures/property.ts';
import { nodeContext } from '../fixtures/routing.ts';

function historyOf(tables: readonly RoutingTable[], maxRevisions: number, keptRoutes = 2): History {
  const history = new History(emptyTable(nodeContext()), { maxRevisions, maxAgeMs: 1_000_000, keptRoutes });
  for (const table of tables) history.add(table, table.generation * 1000);
  return history;
}

const anyBound = fc.integer({ min: 1, max: 12 });
/** All routes are made again, some, or none. */
const anyKept = fc.constantFrom(0, 1, 3, 2_000);

t.test('the table at any revision that is there equals the one that was in force', async (t) => {
  holds(
    t,
    fc.property(anyPast, anyBound, anyKept, (past, maxRevisions, kept) => {
      const tables = playPast(past);
      const history = historyOf(tables, maxRevisions, kept);
      const byGeneration = new Map(tables.map((table) => [table.generation, table]));
      return [...history.backwards()].every(({ generation, table, previous }) => {
        const before = byGeneration.get(generation - 1);
        return isSameTable(table, byGeneration.get(generation)) && (!before || isSameTable(previous, before));
      });
    }),
    400,
  );
});

t.test('a table that is made in steps is that of its revision, also when the ring moves on meanwhile', async (t) => {
  holds(
    t,
    fc.property(anyPast, anyBound, anyKept, fc.nat(), (past, maxRevisions, kept, choice) => {
      const tables = playPast(past);
      const [earlier, later] = [tables.slice(0, -3), tables.slice(-3)];
      const history = historyOf(earlier, maxRevisions, kept);
      const there = [...history.backwards()].map(({ generation }) => generation);
      const asked = there[choice % Math.max(1, there.length)];
      if (asked === undefined) return true;
      const steps = history.tableInSteps(asked, 1);
      let { done, value } = steps.next();
      for (const table of later) history.add(table, table.generation * 1000);
      while (!done) ({ done, value } = steps.next());
      const expected = tables.find(({ generation }) => generation === asked);
      return value !== undefined && isSameTable(value, expected);
    }),
    300,
  );
});

t.test('a revision names the Services that it changed, and each of them can be asked for alone', async (t) => {
  holds(
    t,
    fc.property(anyPast, anyBound, anyKept, (past, maxRevisions, kept) => {
      const tables = playPast(past);
      const history = historyOf(tables, maxRevisions, kept);
      return tables.every((table) => {
        const revision = history.at(table.generation);
        if (!revision) return true;
        return ['shop/web', 'shop/api', 'shop/dns'].every((key) => {
          const routes = history.serviceAt(key, table.generation);
          const told = revision.changes.some((change) => change.key === key);
          const [newest] = history.changesOf(key, table.generation);
          return (
            deepEqual(routes, table.services.get(key)) && told === (newest?.moment.generation === table.generation)
          );
        });
      });
    }),
    200,
  );
});

t.test('a version follows the one before it, down to the oldest revision that is there', async (t) => {
  holds(
    t,
    fc.property(anyPast, anyBound, (past, maxRevisions) => {
      const history = historyOf(playPast(past), maxRevisions);
      return ['shop/web', 'shop/api'].every((key) => {
        const told = [...history.changesOf(key)].map(({ moment }) => moment.generation);
        const changed = [...history.backwards()].filter(({ changes }) => changes.some((change) => change.key === key));
        return deepEqual(
          told,
          changed.map(({ generation }) => generation),
        );
      });
    }),
    200,
  );
});
