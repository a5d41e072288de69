import t from 'tap';
import { resourceTargets } from '../../../src/source/kubernetes/resources.ts';

const all = { namespaces: [], nodeName: '', serviceProxyName: '' };

t.test('all namespaces are one scope for each kind', async (t) => {
  t.same(
    resourceTargets(all).map(({ kind, path }) => [kind, path]),
    [
      ['Service', '/api/v1/services'],
      ['EndpointSlice', '/apis/discovery.k8s.io/v1/endpointslices'],
    ],
  );
});

t.test('each listed namespace is a scope of its own, once', async (t) => {
  t.same(
    resourceTargets({ ...all, namespaces: ['shop', 'pay', 'shop'] }).map(({ path }) => path),
    [
      '/api/v1/namespaces/shop/services',
      '/api/v1/namespaces/pay/services',
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
      '/apis/discovery.k8s.io/v1/namespaces/pay/endpointslices',
    ],
  );
});

t.test('the own Node is selected by its name, without labels', async (t) => {
  const node = resourceTargets({ ...all, nodeName: 'node-a' })[2];
  t.match(node, { kind: 'Node', path: '/api/v1/nodes', namespace: '' });
  t.same(node?.selector, { fieldSelector: 'metadata.name=node-a' });
});

t.test('Services of other proxies and headless ones are left out by the selector', async (t) => {
  const selector = (serviceProxyName: string) =>
    resourceTargets({ ...all, serviceProxyName })[0]?.selector.labelSelector;
  t.equal(selector(''), '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name');
  t.equal(selector('lane'), '!service.kubernetes.io/headless,service.kubernetes.io/service-proxy-name=lane');
});
