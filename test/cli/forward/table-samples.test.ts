import t from 'tap';
import { tableSamples } from '../../../src/cli/forward/table-samples.ts';
import { rawEndpoint, rawService, rawSlice, rawSliceOf, tableWith } from '../../fixtures/routing.ts';

const table = tableWith([
  rawService(),
  rawSlice('a', [rawEndpoint('10.0.0.1'), rawEndpoint('10.0.0.2')]),
  rawService({ clusterIP: '10.96.0.16' }, { name: 'big' }),
  rawSliceOf(
    'big',
    'b',
    Array.from({ length: 20 }, (_, index) => rawEndpoint(`10.0.1.${index + 1}`)),
  ),
]);
/** A lane for UDP, which the table does not have yet. */
function planned(service: string) {
  const names = { namespace: 'shop', service, label: `shop/${service}`, portText: 'http', portName: 'http' };
  return [{ plan: { ...names, port: 80, remote: 80, protocol: 'UDP', local: 0, addresses: [] } as const }];
}

t.test('the way is tried to pods of what is planned, before its lanes are open', async (t) => {
  const keys = tableSamples(planned('web'), [], table).map(({ key }) => key);
  t.same(keys.sort(), ['10.0.0.1:8080', '10.0.0.2:8080']);
  t.same(tableSamples(planned('gone'), [], table), [], 'others are not asked for what is not there');
});

t.test('where names alone lead to Services, it is tried to pods of any, a few of them', async (t) => {
  t.equal(tableSamples([], [], table).length, 8);
  t.same(tableSamples([], [], tableWith([])), []);
});
