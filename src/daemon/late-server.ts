/**
 * A server that is made when it is started.
 */

import type { AddressInfo } from 'node:net';
import type { AdminServer } from '../admin/serve-app.ts';

/** The server that `make` makes, once. What is asked of it before that is answered for one that does not listen. */
export class LateServer implements AdminServer {
  readonly #make: () => Promise<AdminServer>;
  #making: Promise<AdminServer> | undefined;
  #made: AdminServer | undefined;
  #isOver = false;

  constructor(make: () => Promise<AdminServer>) {
    this.#make = make;
  }

  get address(): AddressInfo | undefined {
    return this.#made?.address;
  }

  async start(): Promise<void> {
    if (this.#isOver) return;
    this.#making ??= this.#make();
    this.#made = await this.#making;
    if (!this.#isOver) await this.#made.start();
  }

  async restore(): Promise<void> {
    await this.#made?.restore();
  }

  async release(): Promise<void> {
    this.#isOver = true;
    await (await this.#settled())?.release();
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await (await this.#settled())?.close();
  }

  /** One that could not be made has told `start`. */
  #settled(): Promise<AdminServer | undefined> {
    return this.#making?.catch(() => undefined) ?? Promise.resolve(undefined);
  }
}
