import t from 'tap';
import { SessionAffinity } from '../../src/balancing/session-affinity.ts';

const TIMEOUT = 60_000;

t.test('a client is remembered until it was idle for the time-out, each use starts it anew', (t) => {
  const affinity = new SessionAffinity(10);
  affinity.remember('p', 'c', 'a', TIMEOUT, 0);
  t.equal(affinity.recall('p', 'c', TIMEOUT, 59_999), 'a');
  affinity.remember('p', 'c', 'a', TIMEOUT, 59_999);
  t.equal(affinity.recall('p', 'c', TIMEOUT, 60_000 + 59_998), 'a');
  t.equal(affinity.recall('p', 'c', TIMEOUT, 60_000 + 59_999), undefined);
  t.equal(affinity.size, 1);
  t.end();
});

t.test('another time-out applies at once', (t) => {
  const affinity = new SessionAffinity(10);
  affinity.remember('p', 'c', 'a', TIMEOUT, 0);
  t.equal(affinity.recall('p', 'c', 5000, 5000), undefined);
  t.equal(affinity.recall('p', 'c', TIMEOUT * 2, TIMEOUT), 'a');
  t.end();
});

t.test('ServicePorts and clients are kept apart', (t) => {
  const affinity = new SessionAffinity(10);
  affinity.remember('p', 'c', 'a', TIMEOUT, 0);
  t.equal(affinity.recall('q', 'c', TIMEOUT, 0), undefined);
  t.equal(affinity.recall('p', 'd', TIMEOUT, 0), undefined);
  t.end();
});

t.test('a removed endpoint is forgotten by its clients only, even if the same address comes back', (t) => {
  const affinity = new SessionAffinity(10);
  affinity.remember('p', 'c', 'a', TIMEOUT, 0);
  affinity.remember('p', 'd', 'b', TIMEOUT, 0);
  affinity.dropEndpoint('p', 'a');
  t.equal(affinity.recall('p', 'c', TIMEOUT, 0), undefined);
  t.equal(affinity.recall('p', 'd', TIMEOUT, 0), 'b');
  affinity.remember('p', 'e', 'a', TIMEOUT, 0);
  t.equal(affinity.recall('p', 'c', TIMEOUT, 0), undefined, 'it may be another pod');
  affinity.remember('p', 'c', 'a', TIMEOUT, 0);
  t.equal(affinity.recall('p', 'c', TIMEOUT, 0), 'a');
  affinity.dropEndpoint('p', 'unknown');
  affinity.dropEndpoint('unknown', 'a');
  t.end();
});

t.test('a cleared ServicePort remembers nobody and frees its room', (t) => {
  const affinity = new SessionAffinity(10);
  for (const client of ['a', 'b', 'c']) affinity.remember('p', client, 'x', TIMEOUT, 0);
  affinity.remember('q', 'a', 'x', TIMEOUT, 0);
  affinity.clear('p');
  affinity.clear('p');
  t.equal(affinity.size, 1);
  t.equal(affinity.recall('p', 'a', TIMEOUT, 0), undefined);
  t.equal(affinity.recall('q', 'a', TIMEOUT, 0), 'x');
  t.end();
});

t.test('the least recently used client makes room', (t) => {
  const affinity = new SessionAffinity(3);
  for (const client of ['a', 'b', 'c']) affinity.remember('p', client, 'x', TIMEOUT, 0);
  affinity.remember('p', 'a', 'x', TIMEOUT, 1);
  affinity.remember('q', 'd', 'x', TIMEOUT, 2);
  t.equal(affinity.size, 3);
  t.equal(affinity.recall('p', 'b', TIMEOUT, 2), undefined);
  for (const client of ['a', 'c']) t.equal(affinity.recall('p', client, TIMEOUT, 2), 'x');
  t.end();
});

t.test('expired clients make room before the bound is reached', (t) => {
  const affinity = new SessionAffinity(100);
  for (let i = 0; i < 50; i++) affinity.remember('p', `old-${i}`, 'x', TIMEOUT, 0);
  for (let i = 0; i < 50; i++) affinity.remember('p', `new-${i}`, 'x', TIMEOUT, TIMEOUT);
  t.equal(affinity.size, 50);
  t.end();
});

t.test('the entries that count are listed with how long they were idle, the least recently used first', (t) => {
  const affinity = new SessionAffinity(10);
  affinity.remember('p', 'late', 'a', TIMEOUT, 5_000);
  affinity.remember('p', 'over', 'a', TIMEOUT, -TIMEOUT);
  affinity.remember('q', 'gone', 'b', TIMEOUT, 6_000);
  affinity.remember('p', 'early', 'a', TIMEOUT, 7_000);
  affinity.dropEndpoint('q', 'b');
  t.same(
    [...affinity.rows(10_000)],
    [
      { servicePort: 'p', client: 'late', endpoint: 'a', idleMs: 5_000 },
      { servicePort: 'p', client: 'early', endpoint: 'a', idleMs: 3_000 },
    ],
  );
  t.end();
});
