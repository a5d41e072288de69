import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import type { MessageLink } from '../../../src/transport/apiserver/message-link.ts';
import { ROOM_BYTES } from '../../../src/transport/apiserver/open-message.ts';
import { webSocketLink } from '../../../src/transport/apiserver/web-socket-link.ts';

interface Rig {
  readonly link: MessageLink;
  readonly client: WebSocket;
  /** The next message that the server gets. */
  received(): Promise<Buffer>;
}

/** `own` = the link writes to the socket itself, as within TLS. */
async function start(test: { teardown(callback: () => unknown): void }, own: boolean): Promise<Rig> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 16_777_216 });
  test.teardown(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = connect({ port, host: '127.0.0.1' });
  const accepted = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { createConnection: () => socket, perMessageDeflate: false });
  test.teardown(() => client.terminate());
  await once(client, 'open');
  const [peer]: WebSocket[] = await accepted;
  return {
    link: webSocketLink(client, own ? socket : undefined),
    client,
    received: async () => {
      const [message] = peer === undefined ? [] : await once(peer, 'message');
      return Buffer.from(message);
    },
  };
}

function send(link: MessageLink, payload: Buffer): Promise<void> {
  return new Promise((resolve) => link.send(Buffer.concat([Buffer.alloc(ROOM_BYTES, 7), payload]), resolve));
}

for (const [name, own] of [
  ['by ws', false],
  ['by itself', true],
] as const) {
  t.test(`messages of every length arrive, written ${name}`, async (t) => {
    const { link, client, received } = await start(t, own);
    for (const length of [1, 125, 126, 65_535, 65_536, 300_000]) {
      const payload = Buffer.alloc(length, 'what was sent');
      const message = received();
      const sent = send(link, payload);
      t.equal(link.isBusy(), own);
      await sent;
      t.notOk(link.isBusy());
      t.ok((await message).equals(payload), `${length} bytes`);
    }
    // What ws sends itself comes whole beside them.
    client.ping();
    const message = received();
    await send(link, Buffer.from('behind a ping'));
    t.equal((await message).toString(), 'behind a ping');
  });
}

t.test('a message behind the end is dropped, and told of as sent', async (t) => {
  const { link, client } = await start(t, true);
  const closed = once(client, 'close');
  client.terminate();
  await closed;
  await send(link, Buffer.from('too late'));
  t.notOk(link.isBusy());
});
