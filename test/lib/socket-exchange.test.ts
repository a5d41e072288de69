import { createServer } from 'node:net';
import t from 'tap';
import { SocketExchange, socketName } from '../../src/lib/socket-exchange.ts';

t.test('a socket is named by where it was asked to bind, and at any free port by its owner too', async (t) => {
  t.equal(socketName('TCP', { address: '127.0.0.1', port: 80 }, 'a'), 'TCP 127.0.0.1:80');
  t.equal(socketName('UDP', { address: '::1', port: 80 }, 'a'), 'UDP [::1]:80');
  t.equal(socketName('TCP', { address: '127.0.0.1', port: 0 }, 'a'), 'TCP 127.0.0.1:0 a');
});

t.test('what is open can be given, and is remembered as given until the successor is gone', async (t) => {
  const sockets = new SocketExchange();
  const [server, other] = [createServer(), createServer()];
  sockets.add('a', server);
  t.equal(sockets.wasGiven('a'), false);
  t.equal(sockets.give('a'), server);
  t.equal(sockets.wasGiven('a'), true);
  sockets.forgetGiven();
  t.equal(sockets.wasGiven('a'), false);
  t.equal(sockets.give('b'), undefined);
  t.equal(sockets.wasGiven('b'), false, 'what is not there was not given');
  sockets.remove('a', other);
  t.equal(sockets.give('a'), server, 'another socket does not take the name away');
  sockets.remove('a', server);
  t.equal(sockets.give('a'), undefined);
});

t.test('sockets are inherited until the inheritance has ended', async (t) => {
  const server = createServer();
  const sockets = new SocketExchange(async (name) => (name === 'a' ? server : undefined));
  t.equal(sockets.inherits, true);
  t.equal(await sockets.take('a'), server);
  t.equal(await sockets.take('b'), undefined);
  sockets.endInheritance();
  t.equal(sockets.inherits, false);
  t.equal(await sockets.take('a'), undefined);
  t.equal(await new SocketExchange().take('a'), undefined);
});
