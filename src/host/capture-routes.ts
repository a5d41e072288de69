/**
 * Capture `routes`: each Service address becomes local, and a frontend is bound at its own address and port.
 *
 * Simple, without nftables; but a process that listens on the wildcard address keeps that port from every Service, and
 * answers on every Service address. An address that the node has anyway is left alone.
 */

import { networkInterfaces } from 'node:os';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import { type IpFamily, isLoopback, parseAddress } from '../model/address.ts';
import type { Binding, Capture } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { captureError } from './capture-error.ts';
import { type CaptureLock, takeCaptureLock } from './capture-lock.ts';
import { availableFamilies } from './own-addresses.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { addServiceRoutes, listServiceRoutes, removeServiceRoutes } from './service-routes.ts';

/** Captures by local routes; one route for each address in use. */
export class RoutesCapture implements Capture {
  readonly type = 'routes';
  readonly reason: string;
  readonly #sockets: SocketExchange | undefined;
  #lock: CaptureLock | undefined;
  #families: readonly IpFamily[] = [];
  /** The frontends of each address that we made local. */
  readonly #users = new Map<string, Set<string>>();
  /** Addresses without frontends whose route is still there. */
  readonly #idle = new Set<string>();
  #closed: Promise<void> | undefined;

  constructor(reason: string, sockets?: SocketExchange) {
    this.reason = reason;
    this.#sockets = sockets;
  }

  async open(): Promise<void> {
    const lock = await takeCaptureLock(this.#sockets);
    try {
      this.#families = await availableFamilies();
      // A predecessor serves at its routes: those that nobody uses go with the first commit.
      if (this.#sockets?.inherits) for (const address of await listServiceRoutes()) this.#idle.add(address);
      else await removeLeftovers();
      this.#lock = lock;
    } catch (error) {
      await lock.release();
      throw captureError('what an earlier svclane left cannot be removed', error);
    }
  }

  async prepare(added: readonly Frontend[]): Promise<void> {
    const own = nodeAddresses();
    const captured = added.filter(
      ({ address, family }) =>
        this.#isLocal(address) || (this.#families.includes(family) && !isLoopback(address) && !own.has(address)),
    );
    const missing = new Set(captured.map(({ address }) => address).filter((address) => !this.#isLocal(address)));
    try {
      await addServiceRoutes([...missing]);
    } catch (error) {
      throw captureError('local routes for Service addresses cannot be added', error);
    }
    for (const { address, key } of captured) this.#use(address, key);
  }

  bindingOf(frontend: Frontend): Binding {
    return { address: frontend.address, port: frontend.port };
  }

  rebind(): undefined {
    return undefined;
  }

  async commit(_added: readonly Frontend[], removed: readonly Frontend[]): Promise<void> {
    for (const { address, key } of removed) this.#disuse(address, key);
    const gone = [...this.#idle];
    try {
      await removeServiceRoutes(gone);
    } catch (error) {
      throw captureError('local routes of Service addresses cannot be removed', error);
    }
    for (const address of gone) this.#idle.delete(address);
  }

  release(): Promise<void> {
    this.#closed ??= this.#lock?.release() ?? Promise.resolve();
    return this.#closed;
  }

  async restore(): Promise<void> {
    try {
      await addServiceRoutes([...this.#users.keys()]);
      for (const address of await listServiceRoutes()) if (!this.#users.has(address)) this.#idle.add(address);
      await this.commit([], []);
    } catch (error) {
      throw captureError('local routes for Service addresses cannot be restored', error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await removeServiceRoutes([...this.#users.keys(), ...this.#idle]);
    } catch (error) {
      throw captureError('local routes of Service addresses cannot be removed', error);
    } finally {
      await this.#lock?.release();
    }
  }

  #isLocal(address: string): boolean {
    return this.#users.has(address) || this.#idle.has(address);
  }

  #use(address: string, key: string): void {
    const users = this.#users.get(address) ?? new Set();
    this.#users.set(address, users.add(key));
    this.#idle.delete(address);
  }

  #disuse(address: string, key: string): void {
    const users = this.#users.get(address);
    if (!users?.delete(key) || users.size > 0) return;
    this.#users.delete(address);
    this.#idle.add(address);
  }
}

function nodeAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.flatMap(({ address }) => parseAddress(address) ?? []));
}
