import t from 'tap';
import type { Route } from '../../../src/model/route.ts';
import type { ListenerStatus } from '../../../src/proxy/listener-set.ts';
import { HelperBook } from '../../../src/proxy/workers/helper-book.ts';
import { PortRecords } from '../../../src/proxy/workers/port-records.ts';
import { SharedRoutes } from '../../../src/proxy/workers/shared-routes.ts';
import { createDirectTransport } from '../../../src/transport/direct.ts';
import { endpointAt, routeTo, SETTINGS } from '../../fixtures/tcp-rig.ts';

const A = endpointAt(1);
const B = endpointAt(2);

t.test('what begins to be shared is told with its ServicePort, and then no more', async (t) => {
  const { book, add } = createBook();
  const route = add(routeTo({ endpoints: [A] }));
  const message = book.next(7);
  t.match(message, { type: 'table', batch: 1, generation: 7, gone: [], withdrawn: [], forget: [] });
  t.match(message?.routes, [{ frontend: { key: 'web/TCP' }, binding: { address: '127.0.0.1', port: 4000 } }]);
  t.equal(message?.ports.length, 1);
  t.equal(book.routeOf(message?.routes[0]?.id ?? 0), route);
  t.equal(book.next(7), undefined);
});

t.test('a ServicePort is sent once for all of its frontends, and forgotten with the last', async (t) => {
  const { book, add, remove } = createBook();
  const first = add(routeTo({ endpoints: [A] }));
  const second = add({ ...first, frontend: { ...first.frontend, key: 'web/second' } });
  const { ports = [], routes = [] } = book.next(1) ?? {};
  t.equal(ports.length, 1);
  t.equal(routes.length, 2);
  remove(first);
  t.match(book.next(2), { gone: ['web/TCP'], forget: [] });
  remove(second);
  t.match(book.next(3), { gone: ['web/second'], forget: [ports[0]?.id] });
});

t.test('a change of endpoints is one route anew, in the place of the one before', async (t) => {
  const { book, add, change } = createBook();
  const before = add(routeTo({ endpoints: [A] }));
  const told = book.next(1);
  const after = change(before, routeTo({ endpoints: [A, B] }));
  const message = book.next(2);
  t.match(message, { gone: [], withdrawn: [], forget: [told?.ports[0]?.id] });
  t.equal(message?.ports[0]?.endpoints.length, 6);
  t.equal(book.routeOf(told?.routes[0]?.id ?? 0), before, 'flows of the route before may still be told of');
  book.applied(message?.batch ?? 0);
  t.equal(book.routeOf(told?.routes[0]?.id ?? 0), undefined);
  t.equal(book.routeOf(message?.routes[0]?.id ?? 0), after);
});

t.test('what is to be closed comes first: gone where nobody serves it, withdrawn where main does', async (t) => {
  const { book, add, remove, quarantine } = createBook();
  const gone = add(routeTo({ endpoints: [A], name: 'gone' }));
  const alone = add(routeTo({ endpoints: [A], name: 'alone' }));
  book.next(1);
  remove(gone);
  quarantine(alone);
  add(routeTo({ endpoints: [B], name: 'new' }));
  t.equal(book.closes, true);
  t.match(book.next(2), { gone: ['gone/TCP'], withdrawn: ['alone/TCP'], routes: [] });
  t.equal(book.closes, false);
  t.match(book.next(2), { gone: [], withdrawn: [], routes: [{ frontend: { key: 'new/TCP' } }] });
});

t.test('what moves to another address is closed, then opened there', async (t) => {
  const { book, add, move } = createBook();
  const route = add(routeTo({ endpoints: [A] }));
  book.next(1);
  move(route, 4001);
  t.match(book.next(2), { withdrawn: ['web/TCP'], routes: [] });
  t.match(book.next(2), { withdrawn: [], routes: [{ binding: { port: 4001 } }] });
});

t.test('UDP frontends that begin are named: clients are dealt out anew', async (t) => {
  const { book, add } = createBook();
  add(routeTo({ endpoints: [A] }));
  add(routeTo({ endpoints: [A], frontend: { protocol: 'UDP' } }));
  book.next(1);
  t.same(book.joined, new Set(['web/UDP']));
  book.next(1);
  t.same(book.joined, new Set());
});

t.test('many are told in parts, none of which is long', async (t) => {
  const { book, add } = createBook();
  for (let i = 0; i < 1000; i++) add(routeTo({ endpoints: [A, B], name: `s${i}` }));
  let told = 0;
  let messages = 0;
  for (let message = book.next(1); message !== undefined; message = book.next(1)) {
    t.ok(message.routes.length <= 64);
    told += message.routes.length;
    messages += 1;
  }
  t.equal(told, 1000);
  t.equal(messages, 16);
});

interface BookRig {
  readonly book: HelperBook;
  add(route: Route): Route;
  remove(route: Route): void;
  change(before: Route, after: Route): Route;
  quarantine(route: Route): void;
  move(route: Route, port: number): void;
}

/** A book over routes that main serves at port 4000. */
function createBook(): BookRig {
  const ports = new Map<string, number>();
  const quarantined = new Map<string, ReadonlySet<string>>();
  const main = {
    status: (frontendKey: string): ListenerStatus => ({
      frontendKey,
      state: 'listening',
      boundAddress: '127.0.0.1',
      boundPort: ports.get(frontendKey) ?? 4000,
      connections: 0,
    }),
    quarantined: () => quarantined,
  };
  const shared = new SharedRoutes({ transport: createDirectTransport(), settings: SETTINGS }, main);
  const book = new HelperBook(shared, new PortRecords());
  const follow = (diff: Partial<Parameters<SharedRoutes['follow']>[0]>): void => {
    for (const key of shared.follow({ added: [], removed: [], changed: [], services: [], ...diff })) consider(key);
  };
  const consider = (key: string): void => {
    if (shared.consider(key)) book.mark(key);
  };
  return {
    book,
    add(route) {
      follow({ added: [route] });
      return route;
    },
    remove: (route) => follow({ removed: [route] }),
    change(before, after) {
      follow({ changed: [{ before, after }] });
      return after;
    },
    quarantine({ servicePort, frontend }) {
      quarantined.set(servicePort.key, new Set([A.key]));
      consider(frontend.key);
    },
    move({ frontend }, port) {
      ports.set(frontend.key, port);
      consider(frontend.key);
    },
  };
}
