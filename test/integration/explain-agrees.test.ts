import fc from 'fast-check';
import t from 'tap';
import { EXPLANATION, type ExplanationDocument } from '../../src/admin/explain-answer.ts';
import { askDaemon } from '../../src/cli/admin-client.ts';
import { freePort } from '../fixtures/echo-backends.ts';
import { anyExplainState, manifestsOf } from '../fixtures/explain-states.ts';
import { PREFIX, startBackends, startManifestDaemon, tryConnection } from '../fixtures/manifest-daemon.ts';

const SERVICES = 100;

t.test('what explain says of random Services is what a connection gets, on this node', async (t) => {
  const states = fc.sample(anyExplainState, { seed: 20_240_102, numRuns: SERVICES });
  const port = await freePort();
  await startBackends(t, port);
  const { host } = await startManifestDaemon(t, manifestsOf(states, PREFIX, port));
  const seen = new Set<string>();
  for (const index of states.keys()) {
    const query = `service=svc-${index}&namespace=shop&from=${PREFIX}.1.1`;
    const explanation = await askDaemon(host, `/v1/explain?${query}`, EXPLANATION);
    seen.add(explanation.reason);
    const outcome = await tryConnection(`${PREFIX}.1.${index + 1}`);
    t.ok(agrees(explanation, outcome), `svc-${index}: ${explanation.reason}, and the client got ${outcome}`);
  }
  for (const reason of ['FORWARD', 'NO_ENDPOINT', 'NO_LOCAL_ENDPOINT', 'SVC_OTHER_PROXY'])
    t.ok(seen.has(reason), reason);
});

/** Forwarded clients reach one of the endpoints that are named; the others reach nobody. */
function agrees({ routable, endpoints }: ExplanationDocument, outcome: string): boolean {
  if (!routable) return outcome === 'refused';
  return endpoints.some(({ endpoint }) => endpoint === outcome);
}
