import t from 'tap';
import { LiveServicePorts } from '../../src/proxy/live-service-ports.ts';
import { servicePortOf } from '../fixtures/balancing.ts';

t.test('a ServicePort lives as long as a frontend leads to it, and what changed is told once', async (t) => {
  const ports = new LiveServicePorts();
  const [first, second] = [servicePortOf([]), servicePortOf([])];
  const { key } = first;
  ports.retain(first);
  ports.retain(first);
  t.equal(ports.get(key), first);
  t.same(ports.takeChanges(), [{ before: undefined, after: first }]);
  t.same(ports.takeChanges(), []);
  ports.release(first);
  t.same(ports.takeChanges(), [], 'the other frontend leads to it still');
  ports.release(first);
  ports.retain(second);
  const changes = ports.takeChanges();
  t.equal(changes[0]?.before, first);
  t.equal(changes[0]?.after, second);
  ports.release(second);
  ports.release(second);
  t.equal(ports.get(key), undefined);
  t.equal(ports.takeChanges()[0]?.after, undefined);
});

t.test('what came and went between two calls is no change', async (t) => {
  const ports = new LiveServicePorts();
  ports.retain(servicePortOf([]));
  ports.release(servicePortOf([]));
  t.same(ports.takeChanges(), []);
});
