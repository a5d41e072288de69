import t from 'tap';
import { createHttpApp } from '../../src/admin/http-app.ts';
import { addObjectRoutes } from '../../src/admin/object-rows.ts';
import { addOpenApi } from '../../src/admin/openapi.ts';
import { decodeObject } from '../../src/model/decode-object.ts';
import { viewOf } from '../fixtures/admin.ts';
import { decoded, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

const service = rawService({ sessionAffinity: 'ClientIP', loadBalancerSourceRanges: ['10.0.0.0/8'] });
const slice = rawSlice('web-a', [rawEndpoint('10.0.0.1', { nodeName: 'node-a' })]);
const other = rawService({ clusterIP: '10.96.0.16', clusterIPs: ['10.96.0.16'] }, { name: 'api' });
const app = createHttpApp();
addOpenApi(app, () => addObjectRoutes(app, viewOf(tableWith([service, slice, other]))));
t.teardown(() => app.close());

async function get(url: string) {
  const response = await app.inject(url);
  return { status: response.statusCode, body: response.json() };
}

t.test('the objects of a table come back as they were decoded', async (t) => {
  const { body } = await get('/v1/objects');
  t.match(body, { generation: 1, serviceProxyName: '', node: { name: 'node-a', addresses: ['192.168.0.2'] } });
  const [first, second] = body.items;
  t.equal(first.service.metadata.name, 'api');
  t.same(decodeObject(second.service).object, decoded(service));
  t.same(decodeObject(second.slices[0]).object, decoded(slice));
});

t.test('they come page by page, and of one Service', async (t) => {
  const first = await get('/v1/objects?limit=1');
  t.equal(first.body.items.length, 1);
  const next = await get(`/v1/objects?limit=1&at=1&continue=${first.body.continue}`);
  t.match(next.body, { items: [{ service: { metadata: { name: 'web' } } }] });
  t.notOk('continue' in next.body);
  t.equal((await get('/v1/objects?namespace=shop&service=web')).body.items.length, 1);
});

t.test('a revision that is not there is 404, a wrong page 400', async (t) => {
  t.equal((await get('/v1/objects?at=99')).status, 404);
  t.equal((await get('/v1/objects?continue=x')).status, 400);
});
