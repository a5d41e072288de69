import t from 'tap';
import { RefusedEndpoints } from '../../src/proxy/refused-endpoints.ts';

t.test('a refusal is remembered for its client, once', async (t) => {
  const refused = new RefusedEndpoints();
  refused.add(5000, '10.0.0.1', 'a:53');
  t.strictSame([...refused.take(5000, '10.0.0.2')], []);
  t.strictSame([...refused.take(5000, '10.0.0.1')], ['a:53']);
  t.strictSame([...refused.take(5000, '10.0.0.1')], []);
});

t.test('the memory is bounded, the oldest goes first', async (t) => {
  const refused = new RefusedEndpoints();
  for (let port = 1; port <= 1025; port++) refused.add(port, '10.0.0.1', 'a:53');
  t.equal(refused.take(1, '10.0.0.1').size, 0);
  t.equal(refused.take(2, '10.0.0.1').size, 1);
});
