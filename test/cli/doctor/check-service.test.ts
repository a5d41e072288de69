import t from 'tap';
import {
  type AskedService,
  checkPortEndpoints,
  checkProbes,
  checkService,
  decidePorts,
} from '../../../src/cli/doctor/check-service.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../../fixtures/routing.ts';

const WEB: AskedService = { namespace: 'shop', service: 'web', port: undefined };
const ready = rawSlice('a', [rawEndpoint('10.0.0.1'), rawEndpoint('10.0.0.2', { conditions: CONDITIONS.notReady })]);

t.test('a Service is there and ours, or it is said why not', async (t) => {
  const other = { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } };
  t.match(checkService(tableWith([rawService()]), WEB), {
    state: 'ok',
    message: 'Service exists, ClusterIP 10.96.0.15',
  });
  t.match(checkService(tableWith([]), WEB), {
    state: 'fail',
    message: /no Service "web"/,
    next: /kubectl get services/,
  });
  t.match(checkService(tableWith([rawService()]), { ...WEB, service: 'wbe' }), {
    state: 'fail',
    next: 'did you mean svc/web?',
  });
  t.match(checkService(tableWith([rawService({ clusterIP: 'None' })]), WEB), { state: 'warn', message: /None/ });
  t.match(checkService(tableWith([rawService({}, other)]), WEB), { state: /warn|fail/ });
  const younger = rawService({}, { name: 'late', creationTimestamp: '2025-01-01T00:00:00Z' });
  t.match(checkService(tableWith([rawService(), younger]), { ...WEB, service: 'late' }), {
    state: 'warn',
    message: '10.96.0.15:80/TCP belongs to Service shop/web, which is older',
  });
});

t.test('each port has its usable endpoints', async (t) => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  const table = tableWith([rawService({ ports }), ready]);
  const check = (port?: string) => checkPortEndpoints(decidePorts(table, { ...WEB, port }), { ...WEB, port });
  t.match(check(), [
    { state: 'ok', message: 'port "http": 1 of 2 endpoints usable' },
    {
      state: 'fail',
      message: 'port "dns/udp": 0 of 0 endpoints usable',
      next: 'see: svclane explain svc/web:dns/udp -n shop',
    },
  ]);
  t.match(check('80'), [{ state: 'ok' }]);
  t.match(check('53/udp'), [{ state: 'fail' }]);
  t.match(check('53/tcp'), [{ state: 'fail', message: 'the Service has no port "53/tcp"' }]);
});

t.test('probes tell who answers, used or not, and a machine without a way to the pods', async (t) => {
  const [port] = decidePorts(tableWith([rawService(), ready]), WEB);
  const [first, second] = port?.decision.route?.servicePort.endpoints ?? [];
  if (!first || !second) throw new Error('two endpoints are there');
  const probe = (errno: string, isUsed = true) => {
    return { endpoint: isUsed ? first : second, port: 'http', isUsed, via: 'direct', errno, elapsedMs: 4.2 } as const;
  };
  t.match(checkProbes([probe(''), probe('', false)], WEB), [
    { state: 'ok', message: 'probe 10.0.0.1:8080 4ms, TCP accepted' },
    { state: 'ok', message: /10\.0\.0\.2:8080 4ms, TCP accepted \(clients do not get it, yet it is alive\)/ },
  ]);
  t.match(checkProbes([probe('ECONNREFUSED'), probe('ECONNREFUSED', false)], WEB), [
    { state: 'fail' },
    { state: 'warn' },
  ]);
  t.match(checkProbes([probe('ETIMEDOUT'), probe('EHOSTUNREACH', false)], WEB), [
    { state: 'warn', message: 'probe: none of 2 endpoints can be reached from this machine' },
  ]);
  t.match(checkProbes([{ ...probe(''), via: 'apiserver' }], WEB), [
    { state: 'ok', message: 'probe 10.0.0.1:8080 via apiserver 4ms, TCP accepted' },
  ]);
  t.match(checkProbes([], WEB), [{ state: 'skip' }]);
});
