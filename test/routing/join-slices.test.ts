import t from 'tap';
import type { Exclusion } from '../../src/routing/codes.ts';
import { joinSlices } from '../../src/routing/join-slices.ts';
import { CONDITIONS, rawEndpoint, rawSlice, sliceOf } from '../fixtures/routing.ts';

const TARGET = { family: 'IPv4', portName: 'http', protocol: 'TCP', nodeName: 'node-a' } as const;

t.test('endpoints of several slices are one sorted list; one address with two numbers is two endpoints', async (t) => {
  const slices = [
    rawSlice('a', [rawEndpoint('10.0.0.9'), rawEndpoint('10.0.0.1')]),
    rawSlice('b', [rawEndpoint('10.0.0.1')], { ports: [{ name: 'http', port: 9_090 }] }),
  ];
  const endpoints = joinSlices(slices.map(sliceOf), TARGET);
  t.same(
    endpoints.map(({ key }) => key),
    ['10.0.0.1:8080', '10.0.0.1:9090', '10.0.0.9:8080'],
  );
  t.match(endpoints[1], { sliceName: 'b', sliceIndex: 0 });
});

t.test('an endpoint is local where its node is this one, and never where this one has no name', async (t) => {
  const slices = [sliceOf(rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-a' }), rawEndpoint('10.0.0.2')]))];
  t.same(
    joinSlices(slices, TARGET).map(({ isLocal }) => isLocal),
    [true, false],
  );
  t.same(
    joinSlices(slices, { ...TARGET, nodeName: '' }).map(({ isLocal }) => isLocal),
    [false, false],
  );
});

const standby = { conditions: CONDITIONS.standby };
const notReady = { conditions: CONDITIONS.notReady };
const local = { nodeName: 'node-a' };

const DUPLICATES: readonly (readonly [
  name: string,
  better: Record<string, unknown>,
  worse: Record<string, unknown>,
])[] = [
  ['a running pod before one that terminates', notReady, { ...standby, ...local }],
  ['a ready pod before one that is not', {}, { ...notReady, ...local }],
  ['a local pod before another', local, {}],
];

for (const [name, better, worse] of DUPLICATES) {
  t.test(`of one address twice: ${name}, in any order`, async (t) => {
    const winner = rawEndpoint('10.0.0.1', { ...better, zone: 'better' });
    const loser = rawEndpoint('10.0.0.1', { ...worse, zone: 'worse' });
    for (const order of [
      [winner, loser],
      [loser, winner],
    ]) {
      t.match(joinSlices([sliceOf(rawSlice('a', order))], TARGET), [{ zone: 'better' }]);
      const apart = order.map((endpoint, index) => sliceOf(rawSlice(`s${index}`, [endpoint])));
      t.match(joinSlices(apart, TARGET), [{ zone: 'better' }]);
    }
  });
}

t.test('of equal ones the first counts, and the other is told', async (t) => {
  const out: Exclusion[] = [];
  const slices = [rawSlice('a', [rawEndpoint('10.0.0.1')]), rawSlice('b', [rawEndpoint('10.0.0.1')])].map(sliceOf);
  t.match(
    joinSlices(slices, TARGET, (exclusion) => out.push(exclusion)),
    [{ sliceName: 'a' }],
  );
  t.match(out, [
    { code: 'EP_DUPLICATE', subject: '10.0.0.1:8080', object: 'EndpointSlice b', path: 'endpoints[0].addresses[0]' },
  ]);
});

const MISSES: readonly (readonly [
  name: string,
  more: Record<string, unknown>,
  code: string,
  path: string,
  value: string,
])[] = [
  ['the other family', { addressType: 'IPv6', endpoints: [] }, 'SLICE_FAMILY', 'addressType', '"IPv6"'],
  ['another port name', { ports: [{ name: 'https', port: 1 }] }, 'SLICE_PORT_NAME', 'ports[0].name', '"https"'],
  ['no ports', { ports: [] }, 'SLICE_PORT_NAME', 'ports', '[]'],
  [
    'another protocol',
    {
      ports: [
        { name: 'x', port: 1 },
        { name: 'http', port: 1, protocol: 'UDP' },
      ],
    },
    'SLICE_PROTOCOL',
    'ports[1].protocol',
    '"UDP"',
  ],
  ['a nil number', { ports: [{ name: 'http' }] }, 'SLICE_PORT_NIL', 'ports[0].port', 'nil'],
  ['a nil name', { ports: [{ port: 80 }] }, 'SLICE_PORT_NIL', 'ports[0].name', 'nil'],
];

for (const [name, more, code, path, value] of MISSES) {
  t.test(`a slice with ${name} is out, by ${path}`, async (t) => {
    const out: Exclusion[] = [];
    const slice = sliceOf(rawSlice('a', [rawEndpoint('10.0.0.1')], more));
    t.same(
      joinSlices([slice], TARGET, (exclusion) => out.push(exclusion)),
      [],
    );
    t.same(out, [{ code, subject: 'a', pod: '', object: 'EndpointSlice a', path, value }]);
  });
}
