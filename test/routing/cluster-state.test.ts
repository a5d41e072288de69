import t from 'tap';
import { createClusterState } from '../../src/routing/cluster-state.ts';
import { decoded, rawEndpoint, rawService, rawSlice, rawSliceOf, stateWith } from '../fixtures/routing.ts';

const NODE = { kind: 'Node', metadata: { name: 'node-a', labels: { 'topology.kubernetes.io/zone': 'z' } } };

t.test('a new Service is dirty once, and its re-delivery changes nothing', async (t) => {
  const state = createClusterState({ serviceProxyName: '' });
  t.equal(state.isDirty, false);
  t.equal(state.apply(decoded(rawService())), true);
  t.equal(state.isDirty, true);
  t.match(state.takeDirty(), { services: new Set(['shop/web']), serviceChanges: 1, endpointChanges: 0 });
  t.equal(state.apply(decoded(rawService({}, { resourceVersion: '9', labels: { team: 'a' } }))), false);
  t.equal(state.isDirty, false);
  t.same([...state.takeDirty().services], []);
});

t.test('deleting a Service makes it dirty, deleting an unknown one does not', async (t) => {
  const state = stateWith([rawService()]);
  state.takeDirty();
  t.equal(state.delete('Service', 'shop', 'other'), false);
  t.equal(state.delete('Service', 'shop', 'web'), true);
  t.same([...state.takeDirty().services], ['shop/web']);
  t.equal(state.snapshot().services.size, 0);
});

t.test('slices that come before their Service are kept', async (t) => {
  const state = stateWith([rawSlice('web-1', [rawEndpoint('10.244.1.7')])]);
  t.same([...state.takeDirty().services], ['shop/web']);
  state.apply(decoded(rawService()));
  t.match(state.snapshot().slices.get('shop/web'), [{ name: 'web-1' }]);
});

t.test('changes wait until they are taken, and are counted by kind meanwhile', async (t) => {
  const state = stateWith([rawService(), rawSlice('web-1', []), rawSlice('web-2', [])]);
  state.apply(decoded(rawService()));
  state.apply(decoded(NODE));
  t.same(state.pending, { serviceChanges: 1, endpointChanges: 2 });
  state.takeDirty();
  t.same(state.pending, { serviceChanges: 0, endpointChanges: 0 });
});

t.test('a snapshot stays as it was when the state goes on', async (t) => {
  const state = stateWith([rawService()]);
  const before = state.snapshot();
  state.delete('Service', 'shop', 'web');
  state.apply(decoded(rawSlice('web-1', [])));
  t.equal(before.services.size, 1);
  t.equal(before.slices.size, 0);
});

t.test('the own Node is kept as last told; its deletion is told apart', async (t) => {
  const state = createClusterState({ serviceProxyName: '' });
  t.equal(state.apply(decoded(NODE)), true);
  t.equal(state.apply(decoded({ ...NODE, metadata: { ...NODE.metadata, resourceVersion: '2' } })), false);
  t.equal(state.delete('Node', '', 'other'), false);
  t.equal(state.delete('Node', '', 'node-a'), true);
  t.equal(state.delete('Node', '', 'node-a'), false);
  t.match(state.snapshot(), { node: { zone: 'z' }, nodeDeleted: true });
  t.equal(state.apply(decoded(NODE)), true);
  t.match(state.snapshot(), { nodeDeleted: false });
});

t.test('changes are counted by kind', async (t) => {
  const state = stateWith([rawService(), rawSlice('web-1', []), rawSlice('web-2', []), rawSliceOf('api', 'api-1', [])]);
  t.match(state.takeDirty(), { services: new Set(['shop/web', 'shop/api']), serviceChanges: 1, endpointChanges: 3 });
  t.match(state.takeDirty(), { services: new Set(), serviceChanges: 0, endpointChanges: 0 });
});
