import t from 'tap';
import { answerExplain } from '../../src/admin/explain-answer.ts';
import { unservedAddress } from '../../src/admin/unserved-address.ts';
import { nodeContext, rawService, tableWith } from '../fixtures/routing.ts';

const { frontends } = nodeContext();
const LAPTOP = { frontends: { ...frontends, clusterIP: false } };
const at = (destinationAddress: string) => ({ destinationAddress, destinationPort: 80, protocol: 'TCP' }) as const;

t.test('where cluster IPs are not served, it is told whose one is', async (t) => {
  const table = tableWith([rawService()], LAPTOP);
  t.equal(
    unservedAddress(table, at('10.96.0.15')),
    'it is the cluster IP of shop/web, and frontends.clusterIP is false here; ask for svc/web -n shop',
  );
  t.equal(unservedAddress(table, at('10.96.0.99')), '', 'nobody has it');
  t.equal(unservedAddress(table, { namespace: 'shop', service: 'web', port: 80 }), '', 'no address was asked for');
  t.equal(unservedAddress(tableWith([rawService()]), at('10.96.0.15')), '', 'it is served');
});

t.test('explain says so', async (t) => {
  const table = tableWith([rawService()], LAPTOP);
  const context = { table, atMs: 0, serviceProxyName: '', algorithm: () => 'roundrobin' };
  t.match(answerExplain(context, { to: '10.96.0.15:80' }), { reason: 'NOT_OURS', message: /cluster IP of shop\/web/ });
  const { message } = answerExplain(context, { to: '10.96.0.99:80' });
  t.equal(message, 'ignored: no Service is reached at this address and port');
});
