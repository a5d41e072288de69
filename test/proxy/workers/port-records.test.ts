import t from 'tap';
import type { ServicePort } from '../../../src/model/route.ts';
import { decodePort, PortRecords } from '../../../src/proxy/workers/port-records.ts';
import { endpointAt, routeTo } from '../../fixtures/tcp-rig.ts';

const A = endpointAt(80, '10.0.0.1', { podName: 'web-1', zone: 'a' });
const B = endpointAt(80, 'fd00::2', { ready: false, serving: false });
const C = endpointAt(80, '10.0.0.3');
const PORT: ServicePort = {
  ...routeTo({ endpoints: [A, B, C] }).servicePort,
  clusterEndpoints: [A, C],
  localEndpoints: [C],
};

t.test('a ServicePort that was sent has what the data path needs', async (t) => {
  const decoded = decodePort(structuredClone(new PortRecords().of(PORT)));
  const { endpoints, clusterEndpoints, localEndpoints, ...facts } = PORT;
  t.match(decoded, facts);
  t.same(
    decoded.endpoints.map(({ key, address, port, serving }) => [key, address, port, serving]),
    [
      ['10.0.0.1:80', '10.0.0.1', 80, true],
      ['[fd00::2]:80', 'fd00::2', 80, false],
      ['10.0.0.3:80', '10.0.0.3', 80, true],
    ],
  );
  t.same(
    decoded.clusterEndpoints?.map(({ key }) => key),
    clusterEndpoints?.map(({ key }) => key),
  );
  t.same(
    decoded.localEndpoints?.map(({ key }) => key),
    localEndpoints?.map(({ key }) => key),
  );
  t.equal(endpoints.length, 3);
  t.equal(decoded.clusterEndpoints?.[0], decoded.endpoints[0], 'sets have the endpoints themselves');
});

t.test('a class that a Service does not use is not used by helpers either', async (t) => {
  t.equal(decodePort(new PortRecords().of({ ...PORT, localEndpoints: undefined })).localEndpoints, undefined);
});

t.test('each object has one record, and another object another one', async (t) => {
  const records = new PortRecords();
  t.equal(records.of(PORT), records.of(PORT));
  t.not(records.of(PORT).id, records.of({ ...PORT }).id);
});
