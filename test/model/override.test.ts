import t from 'tap';
import { parseCidr } from '../../src/model/address.ts';
import { formatMatch, localEndpoint } from '../../src/model/override.ts';

t.test('what an override is for is told as it is written', async (t) => {
  const sources = [parseCidr('10.0.0.0/8'), parseCidr('fd00::/8')].filter((range) => range !== undefined);
  t.equal(formatMatch({ percent: 100, sources: [] }), '');
  t.equal(formatMatch({ percent: 0.5, sources: [] }), '0.5%');
  t.equal(formatMatch({ percent: 20, sources }), '20%,src=10.0.0.0/8,src=fd00::/8');
});

t.test('the address of an override is an endpoint of no slice', async (t) => {
  t.match(localEndpoint('::1', 3000), { key: '[::1]:3000', isLocal: true, ready: true, sliceName: '', podName: '' });
});
