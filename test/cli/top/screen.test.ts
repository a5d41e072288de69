import t from 'tap';
import { Screen } from '../../../src/cli/top/screen.ts';
import { FakeTerminal } from '../../fixtures/fake-terminal.ts';

function open() {
  const terminal = new FakeTerminal();
  terminal.rows = 3;
  const heard: string[] = [];
  const screen = new Screen({
    stdin: terminal,
    stdout: terminal,
    onKey: (key) => heard.push(`key ${key}`),
    onRedraw: () => heard.push('redraw'),
    onEnd: (code) => heard.push(`end ${code}`),
  });
  screen.open();
  return { terminal, heard, screen };
}

t.test('a screen takes the terminal, draws what fits, and gives it back once', async (t) => {
  const listeners = process.listenerCount('exit') + process.listenerCount('SIGINT');
  const { terminal, screen } = open();
  t.match(terminal.written, '\u001b[?1049h');
  terminal.written = '';
  screen.draw(['a', 'b', 'c', 'd']);
  t.equal(terminal.written, '\u001b[Ha\u001b[K\r\nb\u001b[K\r\nc\u001b[K\u001b[J');
  terminal.written = '';
  screen.close();
  screen.close();
  t.equal(terminal.written, '\u001b[?7h\u001b[?25h\u001b[?1049l');
  t.same(terminal.modes, [true, false]);
  t.ok(terminal.paused, 'a process that is done is not kept alive');
  t.equal(process.listenerCount('exit') + process.listenerCount('SIGINT'), listeners);
  screen.draw(['late']);
  t.notMatch(terminal.written, /late/);
});

t.test('keys, Ctrl-C, signals and a new size are told', async (t) => {
  const { terminal, heard, screen } = open();
  t.teardown(() => screen.close());
  terminal.emit('data', 'fq');
  terminal.emit('data', '\u0003');
  terminal.emit('resize');
  process.emit('SIGTERM');
  process.emit('SIGINT');
  terminal.written = '';
  process.emit('SIGCONT');
  t.match(terminal.written, '\u001b[?1049h', 'after Ctrl-Z the screen is taken again');
  t.same(heard, ['key f', 'key q', 'end 130', 'redraw', 'end 143', 'end 130', 'redraw']);
});

t.test('the end of the process gives the terminal back, whatever ended it', async (t) => {
  const { terminal } = open();
  const listener = process.listeners('exit').at(-1);
  listener?.call(process, 1);
  t.ok(terminal.written.endsWith('\u001b[?1049l'));
  t.equal(terminal.modes.at(-1), false);
});
