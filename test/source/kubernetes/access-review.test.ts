import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { checkPortForwardRights, reviewAccess } from '../../../src/source/kubernetes/access-review.ts';
import { type KubeAuth, loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { kubeconfigText } from '../../fixtures/fake-api-http.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';

/** An API server that allows `get` alone, with a reason. */
async function load(t: TestHost, status = 201): Promise<KubeAuth> {
  const server = createServer(async (request, response) => {
    const { spec, kind } = JSON.parse((await request.toArray()).join(''));
    const allowed = kind === 'SelfSubjectAccessReview' && spec.resourceAttributes.verb === 'get';
    response.statusCode = status;
    response.end(
      JSON.stringify({ message: 'no', code: status, status: { allowed, reason: allowed ? 'by a role' : '' } }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const config = t.testdir({ config: kubeconfigText(`http://127.0.0.1:${port}`, {}) });
  const auth = await loadKubeAuth({ kubeconfig: `${config}/config`, context: '', env: {} });
  t.teardown(() => auth.close());
  return auth;
}

t.test('both rights of port-forward are asked for and told', async (t) => {
  const right = { namespace: 'shop', resource: 'pods', subresource: 'portforward' };
  t.same(await checkPortForwardRights(await load(t), 'shop'), [
    { ...right, verb: 'get', allowed: true, reason: 'by a role' },
    { ...right, verb: 'create', allowed: false, reason: '' },
  ]);
});

t.test('a server that answers with an error is an error', async (t) => {
  const auth = await load(t, 403);
  await t.rejects(reviewAccess(auth, [{ verb: 'get', resource: 'pods', namespace: '' }]), {
    code: 'SVL_API_FORBIDDEN',
  });
});
