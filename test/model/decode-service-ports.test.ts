import t from 'tap';
import { createProblemList } from '../../src/model/decode-reader.ts';
import { decodeServicePorts } from '../../src/model/decode-service-ports.ts';

const GOOD = { name: 'http', port: 80 };

const CASES: readonly (readonly [name: string, port: unknown, code: string, path: string, kept: boolean])[] = [
  ['port 0', { name: 'x', port: 0 }, 'PORT_INVALID', 'spec.ports[1].port', false],
  ['port 65536', { name: 'x', port: 65_536 }, 'PORT_INVALID', 'spec.ports[1].port', false],
  ['a fraction', { name: 'x', port: 80.5 }, 'PORT_INVALID', 'spec.ports[1].port', false],
  ['a text', { name: 'x', port: '80' }, 'PORT_INVALID', 'spec.ports[1].port', false],
  ['no port', { name: 'x' }, 'PORT_INVALID', 'spec.ports[1].port', false],
  ['an unknown protocol', { name: 'x', port: 81, protocol: 'QUIC' }, 'PORT_INVALID', 'spec.ports[1].protocol', false],
  [
    'a protocol in lower case',
    { name: 'x', port: 81, protocol: 'tcp' },
    'PORT_INVALID',
    'spec.ports[1].protocol',
    false,
  ],
  ['a name that is a number', { name: 5, port: 81 }, 'FIELD_TYPE', 'spec.ports[1].name', false],
  ['a second port of one name', { name: 'http', port: 81 }, 'PORT_DUPLICATE', 'spec.ports[1].name', false],
  ['what is no object', 80, 'FIELD_TYPE', 'spec.ports[1]', false],
  ['a node port out of range', { name: 'x', port: 81, nodePort: -1 }, 'PORT_INVALID', 'spec.ports[1].nodePort', true],
  ['SCTP', { name: 'x', port: 81, protocol: 'SCTP' }, 'PROTOCOL_UNSUPPORTED', 'spec.ports[1].protocol', true],
];

for (const [name, port, code, path, kept] of CASES) {
  t.test(`${name} is reported, ${kept ? 'and the port stays' : 'and only that port is left out'}`, async (t) => {
    const list = createProblemList();
    const ports = decodeServicePorts({ ports: [GOOD, port, { port: 9_000, name: 'last' }] }, list);
    t.match(list.problems, [{ code, path }]);
    t.equal(list.problems.length, 1);
    t.same(
      ports.map(({ index }) => index),
      kept ? [0, 1, 2] : [0, 2],
    );
  });
}

t.test('a name is "", a protocol TCP, a node port 0 where they are absent', async (t) => {
  const list = createProblemList();
  t.same(decodeServicePorts({ ports: [{ port: 80, name: null }] }, list), [
    { index: 0, name: '', protocol: 'TCP', port: 80, nodePort: 0, targetPort: '' },
  ]);
  t.same(list.problems, []);
});

t.test('one name may have two protocols', async (t) => {
  const ports = [
    { name: 'dns', port: 53, protocol: 'TCP', targetPort: 5353 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ];
  t.equal(decodeServicePorts({ ports }, createProblemList()).length, 2);
});
