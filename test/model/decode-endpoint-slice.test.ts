import t from 'tap';
import { decodeEndpointSlice } from '../../src/model/decode-endpoint-slice.ts';
import { rawEndpoint, rawSlice } from '../fixtures/routing.ts';

t.test('a slice in order is decoded whole, without problems', async (t) => {
  const endpoint = rawEndpoint('010.244.001.007', {
    nodeName: 'node-a',
    zone: 'z1',
    targetRef: { kind: 'Pod', name: 'web-1' },
    hints: { forZones: [{ name: 'z2' }, { name: 'z1' }, { name: 'z1' }], forNodes: [{ name: 'node-a' }] },
  });
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2024-01-01T00:00:01.5Z' };
  const raw = rawSlice('web-1', [endpoint]);
  const { object, problems } = decodeEndpointSlice({ ...raw, metadata: { ...Object(raw.metadata), annotations } });
  t.same(problems, []);
  t.match(object, {
    serviceName: 'web',
    addressType: 'IPv4',
    triggerTimeMs: 1_704_067_201_500,
    ports: [{ index: 0, name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [
      {
        index: 0,
        address: '10.244.1.7',
        nodeName: 'node-a',
        zone: 'z1',
        podName: 'web-1',
        hintZones: ['z1', 'z2'],
        hintNodes: ['node-a'],
      },
    ],
  });
});

const CONDITIONS: readonly (readonly [given: unknown, expected: readonly [boolean, boolean, boolean]])[] = [
  [undefined, [true, true, false]],
  [{}, [true, true, false]],
  [{ ready: null, serving: null, terminating: null }, [true, true, false]],
  [{ ready: false }, [false, true, false]],
  [{ serving: false }, [true, false, false]],
  [{ ready: false, terminating: true }, [false, true, true]],
];

for (const [conditions, [ready, serving, terminating]] of CONDITIONS) {
  t.test(`conditions ${JSON.stringify(conditions)} read by the nil rules`, async (t) => {
    const { object, problems } = decodeEndpointSlice(rawSlice('a', [{ addresses: ['10.0.0.1'], conditions }]));
    t.match(object?.endpoints, [{ ready, serving, terminating }]);
    t.same(problems, []);
  });
}

const PARTS: readonly (readonly [
  name: string,
  endpoint: Record<string, unknown>,
  code: string,
  path: string,
  kept: boolean,
])[] = [
  ['an address that is none', rawEndpoint('ten'), 'ADDRESS_INVALID', 'endpoints[1].addresses[0]', false],
  ['an address that is a number', { addresses: [10] }, 'ADDRESS_INVALID', 'endpoints[1].addresses[0]', false],
  ['an address of the other family', rawEndpoint('fd00::1'), 'ADDRESS_FAMILY', 'endpoints[1].addresses[0]', false],
  [
    'a condition that is a text',
    rawEndpoint('10.0.0.2', { conditions: { ready: 'yes' } }),
    'FIELD_TYPE',
    'endpoints[1].conditions.ready',
    true,
  ],
  [
    'a hint that is a text',
    rawEndpoint('10.0.0.2', { hints: { forZones: ['z1'] } }),
    'FIELD_TYPE',
    'endpoints[1].hints.forZones[0]',
    true,
  ],
  [
    'a node name that is an object',
    rawEndpoint('10.0.0.2', { nodeName: {} }),
    'FIELD_TYPE',
    'endpoints[1].nodeName',
    true,
  ],
];

for (const [name, endpoint, code, path, kept] of PARTS) {
  t.test(`${name} is reported, and ${kept ? 'counts as absent' : 'only that endpoint is left out'}`, async (t) => {
    const raw = rawSlice('a', [rawEndpoint('10.0.0.1'), endpoint, rawEndpoint('10.0.0.3')]);
    const { object, problems } = decodeEndpointSlice(raw);
    t.match(problems, [{ code, path }]);
    t.equal(problems.length, 1);
    t.same(
      object?.endpoints.map(({ index }) => index),
      kept ? [0, 1, 2] : [0, 2],
    );
  });
}

t.test('only the first address of an endpoint counts, and one without is left out quietly', async (t) => {
  const { object, problems } = decodeEndpointSlice(
    rawSlice('a', [{ addresses: ['10.0.0.1', 'x'] }, { addresses: [] }, {}]),
  );
  t.same(
    object?.endpoints.map(({ address }) => address),
    ['10.0.0.1'],
  );
  t.same(problems, []);
});

const PORTS: readonly (readonly [name: string, port: unknown, expected: unknown, code?: string])[] = [
  ['no protocol is TCP', { name: 'a', port: 1 }, [{ name: 'a', protocol: 'TCP', port: 1 }]],
  ['no name is kept as nil', { port: 1 }, [{ name: undefined, port: 1 }]],
  ['no number is kept as nil', { name: 'a' }, [{ name: 'a', port: undefined }]],
  ['0 counts as nil', { name: 'a', port: 0 }, [{ name: 'a', port: undefined }]],
  ['a number out of range is left out', { name: 'a', port: 65_536 }, [], 'PORT_INVALID'],
  ['an unknown protocol is left out', { name: 'a', port: 1, protocol: 'X' }, [], 'PORT_INVALID'],
];

for (const [name, port, expected, code] of PORTS) {
  t.test(`ports: ${name}`, async (t) => {
    const { object, problems } = decodeEndpointSlice(rawSlice('a', [], { ports: [port] }));
    t.match(object?.ports, expected);
    t.equal(object?.ports.length, Array.isArray(expected) ? expected.length : 0);
    t.equal(problems[0]?.code, code);
  });
}

t.test('an unknown address type skips the slice; FQDN is known and has no endpoints', async (t) => {
  t.match(decodeEndpointSlice(rawSlice('a', [], { addressType: 'MAC' })), {
    object: undefined,
    problems: [{ code: 'OBJECT_INVALID', path: 'addressType' }],
  });
  t.match(decodeEndpointSlice(rawSlice('a', [rawEndpoint('a.example')], { addressType: 'FQDN' })), {
    object: { addressType: 'FQDN', endpoints: [] },
    problems: [],
  });
  t.equal(decodeEndpointSlice(7).object, undefined);
});

t.test('an unparsable trigger time is none', async (t) => {
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': 'yesterday' };
  const metadata = { namespace: 'shop', name: 'a', annotations };
  t.match(decodeEndpointSlice(rawSlice('a', [], { metadata })).object, { triggerTimeMs: undefined, serviceName: '' });
});
