import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Value } from 'typebox/value';
import { EXPLANATION } from '../../src/admin/explain-answer.ts';
import { createFakeApiServer } from '../fixtures/fake-api-server.ts';
import { fakeService, fakeSlice } from '../fixtures/kubernetes-objects.ts';
import { rawEndpoint, rawService, rawSlice } from '../fixtures/routing.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

const DEMO = join(import.meta.dirname, '../../config/demo');

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'svclane-offline-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function explain(...args: string[]) {
  const svclane = startSvclane(['explain', ...args]);
  const code = await svclane.exit;
  return { code, stdout: svclane.stdout, stderr: svclane.stderr };
}

t.test('manifests are explained without a daemon, from several files, as on any node', async (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'service.json'), JSON.stringify(rawService({ internalTrafficPolicy: 'Local' })));
  const endpoints = [rawEndpoint('10.0.0.1', { nodeName: 'node-c' })];
  writeFileSync(join(path, 'slice.json'), JSON.stringify(rawSlice('a', endpoints)));
  const files = ['-f', join(path, 'service.json'), '-f', join(path, 'slice.json'), '-n', 'shop'];
  const [here, there, demo, none, unreadable] = await Promise.all([
    explain('svc/web', ...files, '--node', 'node-a'),
    explain('svc/web', ...files, '--node', 'node-c', '-o', 'json'),
    explain('web:http', '-n', 'demo', '-f', DEMO),
    explain('svc/wen', '-n', 'demo', '-f', DEMO),
    explain('svc/web', '-f', join(path, 'none')),
  ]);
  t.match(here, {
    code: 4,
    stdout: /EP_NOT_LOCAL(.*\n)*=> DROP NO_LOCAL_ENDPOINT(.*\n)*.*the client's node were "node-c"/,
  });
  t.equal(there.code, 0);
  t.ok(Value.Check(EXPLANATION, JSON.parse(there.stdout)), 'the shape is that of the API');
  t.match(demo, { code: 0, stdout: /=> FORWARD 127\.77\.0\.10:8080\/TCP to one of 2: / });
  t.match(none, { code: 1, stderr: /^error: .*"wen".*\nhint: did you mean svc\/web\?\n$/ });
  t.match(unreadable, { code: 1, stderr: /^error: cannot read manifests/ });
});

t.test('a cluster is listed once, and explained', async (t) => {
  const server = await createFakeApiServer();
  t.teardown(() => server.close());
  server.set(fakeService('shop', 'web'));
  server.set({ ...fakeSlice('shop', 'a', 'web'), ports: [{ name: 'https', port: 8443 }] });
  const kubeconfig = join(folder(t), 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const found = await explain('svc/web', '-n', 'shop', '--cluster', '--kubeconfig', kubeconfig);
  t.match(found, {
    code: 4,
    stdout:
      /SLICE_PORT_NAME(.*\n)*=> REFUSE NO_ENDPOINT(.*\n)*.*would work if: EndpointSlice a ports\[0\]\.name="http" /,
  });
  await server.close();
  const away = await explain('svc/web', '-n', 'shop', '--cluster', '--kubeconfig', kubeconfig);
  t.match(away, { code: 5, stderr: /^error: .*\nhint: .*\n$/ });
});
