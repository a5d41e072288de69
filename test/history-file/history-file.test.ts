import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { SvclaneError } from '../../src/errors.ts';
import { openHistoryFile } from '../../src/history-file/history-file.ts';
import type { RoutingTable } from '../../src/model/route.ts';
import { createHistory } from '../../src/routing/create-history.ts';
import type { History } from '../../src/routing/history.ts';
import { listChanges } from '../../src/routing/history-changes.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { isSameTable } from '../fixtures/histories.ts';
import { ManualClock } from '../fixtures/manifests.ts';
import { RECORD_HEADER } from '../fixtures/records.ts';
import {
  CONDITIONS,
  decoded,
  nextTable,
  nodeContext,
  rawEndpoint,
  rawService,
  rawSlice,
  stateWith,
} from '../fixtures/routing.ts';

const BOUNDS = { maxRevisions: 100, maxAgeMs: 1_000_000 };

function filePath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-history-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'history.jsonl');
}

/** A clock that a test turns. */
class TurnedClock extends ManualClock {
  ms = 0;

  override monotonic(): number {
    return this.ms;
  }
}

/** One life of a daemon: it loads the file, and adds a table each time that shop/web's endpoint turns. */
async function life(path: string, { bounds = BOUNDS, proxyName = '', clock = new TurnedClock() } = {}) {
  const history = createHistory({ ...bounds, serviceProxyName: proxyName });
  const reports: (SvclaneError | undefined)[] = [];
  let told: (() => void) | undefined;
  const reported = (): Promise<void> => new Promise((done) => (told = done));
  const report = (problem: SvclaneError | undefined): void => {
    reports.push(problem);
    told?.();
  };
  const header = { ...RECORD_HEADER, serviceProxyName: proxyName };
  const file = await openHistoryFile({ path, history, header, clock, report });
  const state = stateWith([rawService(), slice(true)]);
  const first = history.newest?.generation ?? 0;
  let table = emptyTable(nodeContext());
  const turn = (ready: boolean, atMs: number): RoutingTable => {
    state.apply(decoded(slice(ready)));
    const next = nextTable(state, table);
    table = table.generation === 0 ? { ...next, generation: first + 1 } : next;
    history.add(table, atMs);
    return table;
  };
  return { history, reports, reported, file, turn, clock };
}

function slice(ready: boolean) {
  return rawSlice('a', [rawEndpoint('10.0.0.1', { conditions: ready ? CONDITIONS.ready : CONDITIONS.notReady })]);
}

function generations(history: History): readonly number[] {
  return [...history.backwards()].map(({ generation }) => generation).reverse();
}

t.test('the ring survives a restart, and goes on with its numbers', async (t) => {
  const path = filePath(t);
  const before = await life(path);
  const tables = [before.turn(true, 1000), before.turn(false, 2000), before.turn(true, 3000)];
  await before.file.close();
  t.equal(statSync(path).mode & 0o777, 0o600);
  const after = await life(path);
  t.same(generations(after.history), [1, 2, 3]);
  t.ok(tables.every((table) => isSameTable(after.history.at(table.generation)?.table, table)));
  after.turn(true, 9000);
  after.turn(false, 9500);
  t.same(
    listChanges(after.history, { limit: 10 }).map(({ generation, routableAfter }) => [generation, routableAfter]),
    [
      [1, 1],
      [2, 0],
      [3, 1],
      [5, 0],
    ],
    'the restart itself changed no Service',
  );
  await after.file.close();
  const third = await life(path);
  t.same(generations(third.history), [1, 2, 3, 4, 5]);
  t.same([...before.reports, ...after.reports, ...third.reports], []);
  await third.file.close();
});

t.test('what changed while nobody ran is a change of the first table', async (t) => {
  const path = filePath(t);
  const before = await life(path);
  before.turn(true, 1000);
  await before.file.close();
  const after = await life(path);
  after.turn(false, 5000);
  const [, change] = listChanges(after.history, { limit: 10 });
  t.match(change, { generation: 2, atMs: 5000, causes: [{ endpoint: '10.0.0.1' }] });
  await after.file.close();
});

t.test('a last line that was cut off is dropped, and the file goes on', async (t) => {
  const path = filePath(t);
  const before = await life(path);
  before.turn(true, 1000);
  before.turn(false, 2000);
  await before.file.close();
  truncateSync(path, statSync(path).size - 7);
  const after = await life(path);
  t.same(generations(after.history), [1]);
  after.turn(false, 3000);
  await after.file.close();
  const third = await life(path);
  t.same(generations(third.history), [1, 2]);
  t.same([...after.reports, ...third.reports], []);
  await third.file.close();
});

t.test('a line that is wrong is reported with its number; the file is put aside and a new one begins', async (t) => {
  const path = filePath(t);
  const before = await life(path);
  before.turn(true, 1000);
  await before.file.close();
  appendFileSync(path, '{"type":"change"}\n');
  const after = await life(path);
  t.match(after.reports, [{ code: 'SVL_BUNDLE_INVALID', message: /history\.jsonl:5: / }]);
  t.same(generations(after.history), [1]);
  after.turn(false, 2000);
  await after.file.close();
  t.match(readFileSync(`${path}.1`, 'utf8'), /"change"}\n$/);
  const third = await life(path);
  t.same(generations(third.history), [1, 2]);
  await third.file.close();
});

t.test('a file of somebody else is left alone', async (t) => {
  const path = filePath(t);
  mkdirSync(join(path, '..'));
  writeFileSync(path, 'precious');
  const { file, turn, reports } = await life(path);
  turn(true, 1000);
  await file.close();
  t.equal(readFileSync(path, 'utf8'), 'precious');
  t.match(reports, [{ code: 'SVL_HISTORY_FILE' }]);
});

t.test('the record of another proxy name is put aside', async (t) => {
  const path = filePath(t);
  const before = await life(path);
  before.turn(true, 1000);
  await before.file.close();
  const after = await life(path, { proxyName: 'mine' });
  t.equal(after.history.size, 0);
  t.match(after.reports, [{ message: /serviceProxyName "", not "mine"/ }]);
  await after.file.close();
});

t.test('a file that is full makes room: two of them at most, the newer with a keyframe first', async (t) => {
  const path = filePath(t);
  const bounds = { maxRevisions: 4, maxAgeMs: 1_000_000 };
  const { file, turn } = await life(path, { bounds });
  for (let step = 1; step <= 30; step++) turn(step % 2 === 0, step * 1000);
  await file.close();
  const types = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => /^\{"type":"(\w+)"/.exec(line)?.[1]);
  t.same(types.slice(0, 4), ['header', 'keyframe', 'object', 'object']);
  t.ok(types.filter((type) => type === 'change').length < 4);
  const after = await life(path, { bounds });
  t.same(generations(after.history), [27, 28, 29, 30]);
  t.match(
    listChanges(after.history, { limit: 10 }).map(({ routableAfter }) => routableAfter),
    [0, 1, 0, 1],
  );
  await after.file.close();
});

t.test('what cannot be written is reported once, and the file goes on when it can', async (t) => {
  const path = filePath(t);
  const folder = join(path, '..');
  writeFileSync(folder, '');
  const { file, turn, reports, reported, clock } = await life(path);
  turn(true, 1000);
  await reported();
  turn(false, 2000);
  clock.ms = 29_000;
  turn(true, 3000);
  rmSync(folder);
  clock.ms = 31_000;
  turn(false, 4000);
  await reported();
  turn(true, 5000);
  await file.close();
  t.match(reports, [{ code: 'SVL_HISTORY_FILE', message: /cannot write/, hint: /tries again/ }, undefined]);
  t.equal(reports.length, 2);
  const after = await life(path);
  t.same(generations(after.history), [4, 5], 'it goes on with a whole table');
  await after.file.close();
});
