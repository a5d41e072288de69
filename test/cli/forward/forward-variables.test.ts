import t from 'tap';
import { laneVariables } from '../../../src/cli/forward/forward-variables.ts';
import type { LanePlan } from '../../../src/cli/forward/plan-lanes.ts';

function lane(label: string, portName: string, remote: number, localPort: number) {
  const plan: LanePlan = {
    namespace: 'shop',
    service: '',
    label,
    port: remote,
    portText: String(remote),
    portName,
    remote,
    protocol: 'TCP',
    local: 0,
    addresses: [],
  };
  return { plan, addresses: ['127.0.0.1', '::1'], localPort, tellsAll: false };
}

t.test('the first lane of a target gives its variables, and each port one of its own', (t) => {
  const lanes = [
    lane('shop/my-redis', '', 6379, 1),
    lane('shop/my-redis', 'metrics', 9121, 2),
    lane('shop/po/my-redis', 'x', 3, 3),
  ];
  t.match(laneVariables(lanes), {
    MY_REDIS_HOST: '127.0.0.1',
    MY_REDIS_PORT: '1',
    MY_REDIS_PORT_6379: '1',
    MY_REDIS_PORT_METRICS: '2',
    MY_REDIS_SERVICE_HOST: '127.0.0.1',
    MY_REDIS_SERVICE_PORT: '1',
    MY_REDIS_SERVICE_PORT_METRICS: '2',
    MY_REDIS_PORT_X: '3',
  });
  t.end();
});
