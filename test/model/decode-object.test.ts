import fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/model/address.ts';
import { decodeObject } from '../../src/model/decode-object.ts';
import { holds } from '../fixtures/property.ts';
import { rawEndpoint, rawService, rawSlice } from '../fixtures/routing.ts';

const FULL_SERVICE = rawService(
  {
    type: 'LoadBalancer',
    externalIPs: ['203.0.113.9'],
    loadBalancerSourceRanges: ['10.0.0.0/8'],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    internalTrafficPolicy: 'Local',
    healthCheckNodePort: 31_000,
  },
  { labels: { a: 'b' }, annotations: { 'svclane.dev/algorithm': 'random' } },
  { loadBalancer: { ingress: [{ ip: '198.51.100.4', ipMode: 'VIP' }] } },
);
const FULL_SLICE = rawSlice('web-1', [
  rawEndpoint('10.244.1.7', {
    nodeName: 'node-a',
    zone: 'z',
    targetRef: { kind: 'Pod', name: 'p' },
    hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
  }),
]);
const FULL_NODE = {
  kind: 'Node',
  metadata: { name: 'node-a', labels: { 'topology.kubernetes.io/zone': 'z' } },
  spec: { podCIDRs: ['10.244.1.0/24'], taints: [{ key: 'k' }] },
  status: { addresses: [{ type: 'InternalIP', address: '192.168.0.2' }] },
};

t.test('an object is decoded by its kind, or by the kind it is known to be', async (t) => {
  t.match(decodeObject(FULL_SERVICE), { object: { kind: 'Service' }, rejection: undefined });
  t.match(decodeObject(FULL_SLICE), { object: { kind: 'EndpointSlice' }, rejection: undefined });
  t.match(decodeObject({ ...FULL_NODE, kind: undefined }, 'Node'), { object: { kind: 'Node', name: 'node-a' } });
});

t.test('an object that lost a part comes with its rejection', async (t) => {
  t.match(decodeObject(rawService({ externalIPs: ['x'] })), {
    object: { kind: 'Service' },
    rejection: {
      kind: 'Service',
      namespace: 'shop',
      name: 'web',
      skipped: false,
      problems: [{ code: 'ADDRESS_INVALID' }],
    },
  });
});

t.test('an object that is skipped says what is known of it', async (t) => {
  t.match(decodeObject(rawService({}, { namespace: 7 })), {
    object: undefined,
    rejection: { kind: 'Service', namespace: '', name: 'web', skipped: true },
  });
  for (const raw of [{ kind: 'Pod', metadata: { namespace: 'a', name: 'b' } }, null, 5, { kind: 'toString' }]) {
    t.match(decodeObject(raw), { object: undefined, rejection: { skipped: true, problems: [{ path: 'kind' }] } });
  }
});

t.test('a list of problems is bounded', async (t) => {
  const externalIPs = Array.from({ length: 5_000 }, () => 'x');
  t.equal(decodeObject(rawService({ externalIPs })).rejection?.problems.length, 100);
});

const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    Number.NaN,
    -1,
    65_536,
    1e308,
    '__proto__',
    'constructor',
    JSON.parse('{"__proto__": {"port": 80}, "length": -1}'),
    '0'.repeat(70_000),
    [[[[]]]],
    Array.from({ length: 300 }, () => ({})),
  ),
  fc.anything(),
);

t.test('decoding never throws, whatever stands where in an object', async (t) => {
  const base = fc.constantFrom<unknown>(FULL_SERVICE, FULL_SLICE, FULL_NODE);
  holds(
    t,
    fc.property(base, fc.array(fc.tuple(fc.nat(), hostile), { maxLength: 4 }), (raw, changes) => {
      let changed = raw;
      for (const [at, value] of changes) changed = replaceAt(changed, at % countPlaces(changed), value);
      const { object, rejection } = decodeObject(changed);
      return isSound(object) && (object !== undefined || rejection?.skipped === true);
    }),
    3_000,
  );
});

t.test('decoding never throws on anything at all', async (t) => {
  const kinds = fc.constantFrom('Service' as const, 'EndpointSlice' as const, 'Node' as const);
  holds(
    t,
    fc.property(fc.anything(), kinds, (raw, kind) => isSound(decodeObject(raw, kind).object)),
    1_000,
  );
});

/** Whatever came in, what comes out has canonical addresses and real ports. */
function isSound(object: ReturnType<typeof decodeObject>['object']): boolean {
  const isCanonical = (address: string): boolean => parseAddress(address) === address;
  if (!object) return true;
  if (object.kind === 'Node') return object.addresses.every(isCanonical);
  if (object.kind === 'EndpointSlice') {
    return (
      object.endpoints.every(({ address }) => isCanonical(address)) &&
      object.ports.every(({ port = 1 }) => isReal(port))
    );
  }
  const addresses = [
    ...Object.values(object.clusterIPs),
    ...object.externalIPs,
    ...object.loadBalancerIngress.map(({ ip }) => ip),
  ];
  const ports = object.ports.every(({ port, nodePort }) => isReal(port) && (nodePort === 0 || isReal(nodePort)));
  return addresses.every(isCanonical) && ports && object.sessionAffinityTimeoutSeconds <= 86_400;
}

function isReal(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** How many values there are within a value of JSON, itself among them. */
function countPlaces(value: unknown): number {
  if (!isContainer(value)) return 1;
  return Object.values(value).reduce<number>((sum, child) => sum + countPlaces(child), 1);
}

/** The value with another one at its n-th place, counted depth first. */
function replaceAt(value: unknown, place: number, by: unknown): unknown {
  if (place === 0 || !isContainer(value)) return by;
  let rest = place - 1;
  const entries = Object.entries(value).map(([key, child]) => {
    const places = countPlaces(child);
    const here = rest >= 0 && rest < places ? replaceAt(child, rest, by) : child;
    rest -= places;
    return [key, here] as const;
  });
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null;
}
