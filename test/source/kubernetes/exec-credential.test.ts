import { readFileSync } from 'node:fs';
import t from 'tap';
import { systemClock } from '../../../src/lib/clock.ts';
import { ExecCredentialSource } from '../../../src/source/kubernetes/exec-credential.ts';
import { SteppedClock } from '../../fixtures/kubernetes-clock.ts';

const API_VERSION = 'client.authentication.k8s.io/v1';

/** A plugin that is a line of shell. `status` is printed as the credential; `$1` is the folder of the test. */
function plugin(script: string, config: Record<string, unknown> = {}) {
  const args = ['-c', script, 'plugin'];
  return { command: '/bin/sh', config: { apiVersion: API_VERSION, args, ...config }, clusterInfo: undefined };
}

function print(status: unknown): string {
  return `printf %s '${JSON.stringify({ apiVersion: API_VERSION, kind: 'ExecCredential', status })}'`;
}

t.test('callers that come while the plugin runs share its one run', async (t) => {
  const root = t.testdir({});
  const script = `echo run >> ${root}/runs; ${print({ token: 'abc\n' })}`;
  const source = new ExecCredentialSource(plugin(script), {}, systemClock);
  const credentials = await Promise.all([source.get(), source.get(), source.get()]);
  t.same(new Set(credentials.map(({ token }) => token)), new Set(['abc']));
  await source.get();
  t.equal(readFileSync(`${root}/runs`, 'utf8'), 'run\n');
  source.forget();
  await source.get();
  t.equal(readFileSync(`${root}/runs`, 'utf8'), 'run\nrun\n');
});

t.test('a credential that has expired is had anew', async (t) => {
  const root = t.testdir({});
  const clock = new SteppedClock();
  const status = { token: 'abc', expirationTimestamp: new Date(clock.now() + 60_000).toISOString() };
  const source = new ExecCredentialSource(plugin(`echo run >> ${root}/runs; ${print(status)}`), {}, clock);
  await source.get();
  clock.advance(59_999);
  await source.get();
  t.equal(readFileSync(`${root}/runs`, 'utf8'), 'run\n');
  clock.advance(1);
  await source.get();
  t.equal(readFileSync(`${root}/runs`, 'utf8'), 'run\nrun\n');
});

t.test('the plugin is told what is asked of it, in the environment that we were given', async (t) => {
  const root = t.testdir({});
  const script = `echo "$KUBERNETES_EXEC_INFO" > ${root}/info; echo "$OURS $ITS" > ${root}/env; ${print({ token: 'abc' })}`;
  const described = plugin(script, { env: [{ name: 'ITS', value: 'two' }] });
  const clusterInfo = { server: 'https://api' };
  await new ExecCredentialSource({ ...described, clusterInfo }, { OURS: 'one' }, systemClock).get();
  t.same(JSON.parse(readFileSync(`${root}/info`, 'utf8')), {
    apiVersion: API_VERSION,
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: clusterInfo },
  });
  t.equal(readFileSync(`${root}/env`, 'utf8'), 'one two\n');
});

t.test('a plugin can answer a certificate', async (t) => {
  const script = print({ clientCertificateData: 'CERT', clientKeyData: 'KEY' });
  t.match(await new ExecCredentialSource(plugin(script), {}, systemClock).get(), { certificate: 'CERT', key: 'KEY' });
});

t.test('a plugin that fails is named, with what it said', async (t) => {
  const cases = [
    { name: 'code', script: 'echo sorry >&2; exit 3', message: /ended with code 3: sorry/ },
    { name: 'signal', script: 'kill -9 $$', message: /SIGKILL/ },
    { name: 'no JSON', script: 'echo hello', message: /not JSON/ },
    { name: 'no credential', script: 'echo "{}"', message: /no ExecCredential/ },
    { name: 'nothing in it', script: print({ clientKeyData: 'x' }), message: /neither a token nor a certificate/ },
  ];
  for (const { name, script, message } of cases) {
    const source = new ExecCredentialSource(plugin(script), {}, systemClock);
    await t.rejects(source.get(), { code: 'SVL_KUBECONFIG', message, hint: /by hand/ }, name);
  }
});

t.test('a plugin that is not installed shows its own hint', async (t) => {
  const missing = { ...plugin('', { installHint: 'brew install it' }), command: '/nowhere/plugin' };
  await t.rejects(new ExecCredentialSource(missing, {}, systemClock).get(), {
    code: 'SVL_KUBECONFIG',
    message: /cannot be started \(ENOENT\)/,
    hint: 'brew install it',
  });
});

t.test('a plugin that does not answer is ended after a minute, and can be tried again', async (t) => {
  const clock = new SteppedClock();
  const source = new ExecCredentialSource(plugin('exec sleep 100'), {}, clock);
  for (let i = 0; i < 2; i++) {
    const answer = source.get();
    const expected = t.rejects(answer, { code: 'SVL_KUBECONFIG', message: /within 60 s/ });
    await clock.pass(60_001);
    await expected;
  }
});
