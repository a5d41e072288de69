/**
 * Listening server: the server of one listening socket.
 *
 * Its listeners of events are the same two functions for every server, which find the owner in it: functions made for each
 * would be tens of thousands on a node, and most of them never called.
 */

import { Server, type ServerOpts, type Socket } from 'node:net';

/** Whose server it is. */
export interface ServerOwner {
  clientCame(client: Socket): void;
  /** A client could not be accepted. */
  acceptFailed(error: NodeJS.ErrnoException): void;
}

/** A server that listens nowhere yet. Who makes it closes it. */
export class ListeningServer extends Server {
  readonly owner: ServerOwner;

  constructor(options: ServerOpts, owner: ServerOwner) {
    super(options, onConnection);
    this.owner = owner;
  }

  /** It listens: from here on an error is one of accepting. */
  watchErrors(): void {
    this.on('error', onError);
  }
}

function onConnection(this: unknown, client: Socket): void {
  if (this instanceof ListeningServer) this.owner.clientCame(client);
}

function onError(this: unknown, error: NodeJS.ErrnoException): void {
  if (this instanceof ListeningServer) this.owner.acceptFailed(error);
}
