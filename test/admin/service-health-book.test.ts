import t from 'tap';
import { ServiceHealthBook, serviceHealthMaps } from '../../src/admin/service-health-book.ts';

const statusAt = (book: ServiceHealthBook, port: number): string => {
  const answer = book.answer(port, true);
  return answer ? `${answer.status} ${answer.headers['X-Load-Balancing-Endpoint-Weight']}` : 'none';
};

t.test('a new port starts at 0, an unchanged one keeps its count', (t) => {
  const book = new ServiceHealthBook();
  book.setServices(new Map([['a/b', 9376]]));
  t.equal(statusAt(book, 9376), '503 0');
  book.setCounts(
    new Map([
      ['a/b', 18],
      ['x/y', 3],
    ]),
  );
  t.equal(statusAt(book, 9376), '200 18');
  book.setServices(
    new Map([
      ['a/b', 9376],
      ['x/y', 9377],
    ]),
  );
  t.equal(statusAt(book, 9376), '200 18');
  t.equal(statusAt(book, 9377), '503 0', 'the count of an unknown Service was not kept');
  book.setServices(new Map([['a/b', 9378]]));
  t.equal(statusAt(book, 9376), 'none');
  t.equal(statusAt(book, 9378), '503 0');
  t.end();
});

t.test('a proxy that is not healthy is 503 with the same weight', (t) => {
  const book = new ServiceHealthBook();
  book.setServices(new Map([['a/b', 1]]));
  book.setCounts(new Map([['a/b', 2]]));
  t.match(book.answer(1, false), { status: 503, headers: { 'X-Load-Balancing-Endpoint-Weight': '2' } });
  t.match(JSON.parse(book.answer(1, false)?.body ?? ''), { localEndpoints: 2, serviceProxyHealthy: false });
  t.end();
});

t.test('a port that two Services want goes to the smaller key, then to the other', (t) => {
  const book = new ServiceHealthBook();
  book.setServices(
    new Map([
      ['b/b', 1],
      ['a/a', 1],
      ['c/none', 0],
    ]),
  );
  t.equal(book.serviceAt(1), 'a/a');
  t.same(book.ports, [1]);
  book.setServices(new Map([['b/b', 1]]));
  t.equal(book.serviceAt(1), 'b/b');
  t.equal(book.serviceAt(2), undefined);
  t.end();
});

t.test('a dual-stack pod counts once', (t) => {
  const maps = serviceHealthMaps([
    { namespace: 'a', name: 'b', healthCheckNodePort: 1, localReadyIPs: ['10.0.0.1', 'fd00::1', 'fd00::2'] },
    { namespace: 'a', name: 'c', healthCheckNodePort: 2, localReadyIPs: ['10.0.0.1'] },
    { namespace: 'a', name: 'none', healthCheckNodePort: 0, localReadyIPs: ['10.0.0.1'] },
  ]);
  t.same(
    maps.services,
    new Map([
      ['a/b', 1],
      ['a/c', 2],
    ]),
  );
  t.same(
    maps.counts,
    new Map([
      ['a/b', 2],
      ['a/c', 1],
    ]),
  );
  t.end();
});
