import t from 'tap';
import { familyStep, portStep, serviceMissingStep, serviceStep } from '../../src/routing/trace-steps.ts';
import { rawService, tableWith } from '../fixtures/routing.ts';

const routes = tableWith([rawService()]).services.get('shop/web');
if (!routes) throw new Error('no Service');

t.test('a step that goes on has something in it and nothing out', async (t) => {
  t.match(serviceStep(routes), { name: 'service', in: ['shop/web'], out: [] });
  t.match(portStep(routes, routes.service.ports[0], 'http'), { name: 'port', in: ['http/TCP'], out: [] });
  t.match(familyStep(routes, 'IPv4', routes.routes[0]), { name: 'family', in: ['IPv4'], out: [] });
});

t.test('a step that ends the way says by which field', async (t) => {
  t.match(serviceMissingStep('shop/ghost'), { in: [], out: [{ code: 'SVC_NOT_FOUND', value: 'nil' }] });
  t.match(portStep(routes, undefined, 'grpc'), { in: [], out: [{ code: 'PORT_UNKNOWN', path: 'spec.ports' }] });
  t.match(familyStep(routes, undefined, undefined), { in: [], out: [{ code: 'FAMILY_NONE', value: '["IPv4"]' }] });
});
