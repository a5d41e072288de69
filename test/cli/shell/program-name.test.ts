import t from 'tap';
import { programName } from '../../../src/cli/shell/program-name.ts';

t.test('a plugin of kubectl is called as it is typed', async (t) => {
  const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['/opt/svclane/dist/main.js', {}, 'svclane'],
    ['/usr/local/bin/kubectl-svclane', {}, 'kubectl svclane'],
    ['/opt/svclane/dist/main.js', { SVCLANE_RUN_AS: 'kubectl svclane' }, 'kubectl svclane'],
    ['/opt/svclane/dist/main.js', { SVCLANE_RUN_AS: '\u001b[2J' }, 'svclane'],
    ['', {}, 'svclane'],
  ];
  for (const [script, env, expected] of cases) t.equal(programName(script, env), expected, script);
});
