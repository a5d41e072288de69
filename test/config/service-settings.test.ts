import t from 'tap';
import { findOverride, serviceSettings } from '../../src/config/service-settings.ts';
import type { ServicePort } from '../../src/model/route.ts';
import { servicePortOf } from '../fixtures/balancing.ts';
import { configOf } from '../fixtures/config.ts';

const DEFAULTS = {
  connect: { timeoutMs: 2000, tries: 3, perTryTimeoutMs: 500 },
  onEmpty: { action: 'refuse', maxWaitMs: 10_000, maxQueued: 256 },
  proxyProtocol: 'off',
  udpBalance: 'session',
};

const CASES: readonly (readonly [name: string, services: string, port: Partial<ServicePort>, expected: object])[] = [
  ['without anything: the defaults', '[]', {}, DEFAULTS],
  [
    'a key of an override, and the rest of its group by default',
    '[{match: {}, connect: {tries: 5}, onEmpty: {action: hold}, udp: {balance: datagram}}]',
    {},
    {
      ...DEFAULTS,
      connect: { ...DEFAULTS.connect, tries: 5 },
      onEmpty: { ...DEFAULTS.onEmpty, action: 'hold' },
      udpBalance: 'datagram',
    },
  ],
  [
    'annotations beat the defaults',
    '[]',
    { proxyProtocol: 'v2', udpBalance: 'datagram', connectTimeoutMs: 900 },
    {
      ...DEFAULTS,
      connect: { timeoutMs: 900, tries: 3, perTryTimeoutMs: 500 },
      proxyProtocol: 'v2',
      udpBalance: 'datagram',
    },
  ],
  [
    'an override beats the annotations',
    '[{match: {name: svc}, proxyProtocol: off, connect: {timeout: 5s}, udp: {balance: session}}]',
    { proxyProtocol: 'v2', udpBalance: 'datagram', connectTimeoutMs: 900 },
    { ...DEFAULTS, connect: { ...DEFAULTS.connect, timeoutMs: 5000 } },
  ],
  [
    'a longer time-out by annotation gives each try its share',
    '[{match: {}, connect: {tries: 2}}]',
    { connectTimeoutMs: 10_000 },
    { ...DEFAULTS, connect: { timeoutMs: 10_000, tries: 2, perTryTimeoutMs: 5000 } },
  ],
  [
    'but not more than the operator lets a try have',
    '[{match: {}, connect: {perTryTimeout: 1s}}]',
    { connectTimeoutMs: 10_000 },
    { ...DEFAULTS, connect: { timeoutMs: 10_000, tries: 3, perTryTimeoutMs: 1000 } },
  ],
  [
    'the first that matches counts, alone',
    '[{match: {name: other}, proxyProtocol: v1}, {match: {namespace: ns}}, {match: {}, proxyProtocol: v2}]',
    {},
    DEFAULTS,
  ],
];

for (const [name, services, port, expected] of CASES) {
  t.test(name, async (t) => {
    const settingsOf = serviceSettings(configOf({ body: `services: ${services}` }));
    const servicePort = servicePortOf([], port);
    t.same(settingsOf(servicePort), expected);
    t.equal(settingsOf(servicePort), settingsOf(servicePort), 'worked out once');
  });
}

t.test('an override matches by namespace and by name', async (t) => {
  const { services } = configOf({ body: 'services: [{match: {namespace: a, name: b}, algorithm: random}]' });
  t.match(findOverride(services, { namespace: 'a', service: 'b' }), { algorithm: 'random' });
  t.equal(findOverride(services, { namespace: 'a', service: 'c' }), undefined);
  t.equal(findOverride(services, { namespace: 'c', service: 'b' }), undefined);
});
