import t from 'tap';
import { runTool, ToolError } from '../../src/host/run-tool.ts';

t.test('gives what the tool printed, and the tool what it is given', async (t) => {
  t.equal(await runTool('cat', [], { input: 'hello\n' }), 'hello\n');
  t.match(await runTool('env', [], { env: { NOTIFY_SOCKET: '/x' } }), /^NOTIFY_SOCKET=\/x$/m);
  t.notMatch(await runTool('env', []), 'HOME=', 'nothing of the own environment is passed on');
});

t.test('takes no notice of a tool that ends without reading all of its input', async (t) => {
  t.equal(await runTool('true', [], { input: 'x'.repeat(1 << 20) }), '');
});

t.test('says that a tool is not installed', async (t) => {
  await t.rejects(runTool('svclane-no-such-tool', []), {
    name: 'ToolError',
    missing: true,
    message: /is not installed/,
  });
});

t.test('fails with what the tool said, or else with how it ended', async (t) => {
  const said = await runTool('ls', ['/svclane-no-such-folder']).catch((error: unknown) => error);
  t.ok(said instanceof ToolError);
  t.match(said, { missing: false, message: /^ls: .*No such file/, stderr: /No such file/ });
  await t.rejects(runTool('false', []), { message: 'false: exit code 1', stderr: '' });
});
