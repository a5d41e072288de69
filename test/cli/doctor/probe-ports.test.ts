import t from 'tap';
import { decidePorts } from '../../../src/cli/doctor/check-service.ts';
import { probePorts } from '../../../src/cli/doctor/probe-ports.ts';
import { loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { startForwardRig } from '../../fixtures/forward-rig.ts';
import { rawEndpoint, rawService, rawSlice, tableWith } from '../../fixtures/routing.ts';

const ASKED = { namespace: 'shop', service: 'web', port: undefined };
/** A broadcast address: whoever dials it is told at once that there is no way. */
const NO_WAY = '255.255.255.255';

/** One port with a pod at an address that no machine reaches. */
function portsOf(address: string) {
  const endpoint = rawEndpoint(address, { targetRef: { kind: 'Pod', name: 'web-a', namespace: 'shop' } });
  return decidePorts(tableWith([rawService(), rawSlice('a', [endpoint])]), ASKED);
}

t.test('pods that cannot be reached from here are dialled through the API server', async (t) => {
  const rig = await startForwardRig(t);
  const access = await loadKubeAuth({ kubeconfig: rig.env.KUBECONFIG ?? '', context: '', env: {} });
  t.teardown(() => access.close());
  const ports = portsOf(NO_WAY);
  t.match(await probePorts(ports, { transport: 'direct', access }), [{ via: 'direct', errno: 'ENETUNREACH' }]);
  t.match(await probePorts(ports, { transport: 'auto', access: undefined }), [{ via: 'direct' }]);
  t.match(await probePorts(ports, { transport: 'auto', access }), [{ via: 'apiserver', errno: '', port: 'http' }]);
  t.match(await probePorts(ports, { transport: 'apiserver', access }), [{ via: 'apiserver', errno: '' }]);
});

t.test('without the right to forward it is the way that is missing, not the pod', async (t) => {
  const rig = await startForwardRig(t);
  rig.kubelet.refusals.push(403, 403, 403, 403);
  const access = await loadKubeAuth({ kubeconfig: rig.env.KUBECONFIG ?? '', context: '', env: {} });
  t.teardown(() => access.close());
  t.match(await probePorts(portsOf(NO_WAY), { transport: 'auto', access }), [{ via: 'direct', errno: 'ENETUNREACH' }]);
});

t.test('a Service without endpoints has nothing to dial', async (t) => {
  const ports = decidePorts(tableWith([rawService()]), ASKED);
  t.same(await probePorts(ports, { transport: 'auto', access: undefined }), []);
});
