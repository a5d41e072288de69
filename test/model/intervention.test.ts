import t from 'tap';
import { interventionKey } from '../../src/model/intervention.ts';

t.test('an intervention is named by what it is for', async (t) => {
  const web = { namespace: 'shop', service: 'web', port: '', protocol: undefined } as const;
  t.equal(interventionKey(web), 'shop/web');
  t.equal(interventionKey({ ...web, port: 'http' }), 'shop/web:http');
  t.equal(interventionKey({ ...web, port: '53', protocol: 'UDP' }), 'shop/web:53/udp');
});
