import t from 'tap';
import { type LaneView, LiveView } from '../../../src/cli/forward/live-view.ts';
import type { Paint } from '../../../src/cli/paint.ts';
import { FakeTerminal } from '../../fixtures/fake-terminal.ts';

const FRAME = '\u001b[H';
const LANE: LaneView = {
  local: '127.0.0.1:8080',
  target: 'shop/web:http',
  ready: 2,
  total: 3,
  connections: 4,
  bytes: 0,
  lastError: '',
};

/** A view on a terminal of so many lines. */
function openView(t: { teardown(callback: () => unknown): void }, lanes: () => readonly LaneView[], rows = 24) {
  const terminal = new FakeTerminal();
  terminal.rows = rows;
  const paint: Paint = (_style, text) => text;
  const view = new LiveView({
    head: () => ['Context x'],
    lanes,
    paint,
    intervalMs: 20,
    stdin: terminal,
    stdout: terminal,
  });
  t.teardown(() => view.close());
  const ended = view.run();
  const lines = (): readonly string[] =>
    (terminal.written.split(FRAME).at(-1) ?? '').replaceAll('\u001b[K', '').split('\r\n');
  return { terminal, view, ended, lines };
}

t.test('lanes are rows, with the rate since the last look', async (t) => {
  let bytes = 0;
  const { terminal, lines } = openView(t, () => [{ ...LANE, bytes }]);
  t.match(lines(), ['Context x', 'q quit', '', /^LOCAL +TARGET +PODS +CONNS +BYTES\/S +LAST ERROR/]);
  t.match(lines()[4], /^127\.0\.0\.1:8080 +shop\/web:http +2\/3 +4 +0 +-$/);
  const row = /shop\/web:http +2\/3 +4 +[1-9]/;
  while (!row.test(terminal.written)) {
    bytes += 1000;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.match(terminal.written, row);
});

t.test('what happened last fills the rest of the screen, and a resize draws anew', async (t) => {
  const { terminal, view, lines } = openView(t, () => [LANE], 9);
  for (let i = 1; i <= 5; i++) view.tell(`event ${i}`);
  t.same(lines().slice(-3), ['event 3', 'event 4', 'event 5\u001b[J']);
  terminal.rows = 6;
  terminal.emit('resize');
  t.equal(lines().length, 6);
  t.notOk(
    lines().some((line) => line.includes('event')),
    'lanes are what matters most',
  );
});

t.test('q ends it, other keys do not, and the terminal is given back', async (t) => {
  const { terminal, view, ended } = openView(t, () => [LANE]);
  terminal.emit('data', 'x');
  terminal.emit('data', 'q');
  t.equal(await ended, 0);
  view.close();
  t.same(terminal.modes, [true, false]);
});
