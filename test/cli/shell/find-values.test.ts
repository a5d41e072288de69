import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ValueQuestion } from '../../../src/cli/shell/complete.ts';
import { findValues } from '../../../src/cli/shell/find-values.ts';
import { freePort } from '../../fixtures/echo-backends.ts';
import { manifestsOf } from '../../fixtures/explain-states.ts';
import { PREFIX, startManifestDaemon } from '../../fixtures/manifest-daemon.ts';
import { CONDITIONS, rawEndpoint } from '../../fixtures/routing.ts';

type Asked = Partial<Omit<ValueQuestion, 'optionOf'>> & { readonly options?: Readonly<Record<string, string>> };

function question(host: string, { options = {}, ...asked }: Asked): ValueQuestion {
  const given: Readonly<Record<string, string>> = { '--host': host, ...options };
  const nothing = { kind: 'services', partial: '', command: 'get', operands: [], isDefaultNamespace: false } as const;
  return { ...nothing, ...asked, optionOf: (name) => given[name] };
}

async function values(host: string, asked: Asked): Promise<readonly string[]> {
  return (await findValues(question(host, asked))).map(({ value }) => value);
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'svclane-find-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

t.test('the daemon names Services, ports, namespaces, endpoints and nodes', async (t) => {
  // On a machine with much to do half a second is not always enough.
  t.intercept(process, 'env', { value: { ...process.env, SVCLANE_COMPLETION_TIMEOUT: '60s' } });
  const endpoints = [
    rawEndpoint('1', { conditions: CONDITIONS.ready, nodeName: 'node-a', targetRef: { kind: 'Pod', name: 'web-a' } }),
  ];
  const port = await freePort();
  const slices = [{ portName: 'http', protocol: 'TCP' as const, endpoints }];
  const { host } = await startManifestDaemon(t, manifestsOf([{ service: {}, labels: {}, slices }], PREFIX, port));
  const cases: readonly [Asked, readonly string[]][] = [
    [{}, ['svc/svc-0']],
    [{ partial: 'svc/s' }, ['svc/svc-0']],
    [{ partial: 'x' }, ['svc-0']],
    [{ partial: 'svc/svc-0:' }, ['svc/svc-0:http']],
    [{ kind: 'targets' }, ['svc/svc-0=']],
    [{ options: { '--namespace': 'shop' } }, ['svc/svc-0']],
    [{ options: { '--namespace': 'none' } }, []],
    [{ isDefaultNamespace: true }, ['svc/svc-0']],
    [{ kind: 'namespaces' }, ['shop']],
    [{ kind: 'endpoints', command: 'drain' }, [`${PREFIX}.2.1:${port}`, 'web-a']],
    [{ kind: 'endpoints', command: 'restore' }, []],
    [{ kind: 'nodes' }, ['node-a']],
    [{ kind: 'flows' }, []],
  ];
  for (const [asked, expected] of cases) t.same(await values(host, asked), expected, JSON.stringify(asked));
});

t.test('who does not answer, or not in time, or something else, names nothing', async (t) => {
  const path = join(folder(t), 'silent.sock');
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(path, done));
  t.teardown(() => silent.close());
  const talker = join(folder(t), 'talker.sock');
  const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
  await new Promise<void>((done) => other.listen(talker, done));
  t.teardown(() => other.close());
  t.same(await values(`unix:${path}`, {}), []);
  t.same(await values(`unix:${talker}`, {}), []);
  t.same(await values('unix:/nowhere/at/all.sock', { kind: 'namespaces' }), []);
  t.same(await values('no host', { kind: 'flows' }), []);
});

t.test('contexts are those of the kubeconfig', async (t) => {
  const path = join(folder(t), 'kubeconfig');
  writeFileSync(
    path,
    'contexts:\n- {name: kind-dev, context: {cluster: kind, namespace: shop}}\n- {name: arn:aws:eks/x, context: {cluster: y}}\n',
  );
  const options = { '--kubeconfig': path };
  t.same(await findValues(question('', { kind: 'contexts', options })), [
    { value: 'kind-dev', description: 'kind shop' },
    { value: 'arn:aws:eks/x', description: 'y' },
  ]);
  writeFileSync(path, '{ not: [yaml');
  t.same(await findValues(question('', { kind: 'contexts', options })), []);
});
