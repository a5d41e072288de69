import t from 'tap';
import { onTerminal } from '../fixtures/on-terminal.ts';
import { startShopDaemon } from '../fixtures/shop-daemon.ts';
import { putSvclaneOnPath } from '../fixtures/svclane-on-path.ts';

const TAKEN = '\u001b[?1049h';
const GIVEN_BACK = '\u001b[?7h\u001b[?25h\u001b[?1049l';

t.test('on a terminal top is live, takes keys, and leaves the terminal as it was', async (t) => {
  const { host } = await startShopDaemon(t);
  const shell = putSvclaneOnPath(t, host);
  const cases: readonly [string, number][] = [
    ['q', 0],
    ['\u0003', 130],
  ];
  for (const [key, code] of cases) {
    const top = onTerminal(
      t,
      shell,
      'stty rows 20 cols 120; svclane top --interval 200ms; code=$?; stty -a; exit $code',
    );
    await top.until(/FLOWS\*[\s\S]*svc-0/);
    top.type('s');
    await top.until(/SERVICE\*/);
    top.type(key);
    t.equal(await top.exit, code, JSON.stringify(key));
    t.ok(top.output().includes(TAKEN));
    const rest = top.output().slice(top.output().lastIndexOf(GIVEN_BACK));
    t.ok(rest.startsWith(GIVEN_BACK), 'the screen is given back');
    t.match(rest, / icanon /, 'lines are edited again');
    t.match(rest, / echo /, 'and shown');
  }
});

t.test('SIGTERM gives the terminal back too', async (t) => {
  const { host } = await startShopDaemon(t);
  const shell = putSvclaneOnPath(t, host);
  const ended = onTerminal(
    t,
    shell,
    'svclane top --interval 200ms & pid=$!; read -r _; kill -TERM $pid; wait $pid; echo "code $?"',
  );
  await ended.until(/FLOWS\*/);
  ended.type('\r');
  await ended.until(/code 143/);
  t.ok(ended.output().includes(GIVEN_BACK));
});
