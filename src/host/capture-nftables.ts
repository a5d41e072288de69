/**
 * Capture `nftables`: one map in the kernel carries each frontend to an address and port of our own.
 *
 * Nothing of the node's own listeners is in the way or laid open, and the client's address reaches the listener. A
 * frontend keeps its element and its port while it is in the table, listener or not: without one the kernel refuses.
 */

import { SvclaneError } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { IpFamily } from '../model/address.ts';
import type { Binding, Capture } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { captureError } from './capture-error.ts';
import { type CaptureLock, takeCaptureLock } from './capture-lock.ts';
import { NftMap } from './nft-map.ts';
import { bearsMark, parseElements, removeTable, TABLE } from './nft-table.ts';
import {
  addOwnAddresses,
  availableFamilies,
  listOwnAddresses,
  ownAddress,
  removeOwnAddresses,
} from './own-addresses.ts';
import { OwnPorts, type PortRange } from './own-ports.ts';
import { listTable, removeLeftRoutes } from './remove-leftovers.ts';
import { runTool } from './run-tool.ts';

/** Slots that are bindable beyond those in use, so that `rebind` always has some. */
const SPARE_SLOTS = 256;
/** How often it is looked whether somebody flushed our rules (`nft flush ruleset`, a firewall's reload). */
const RECHECK_MS = 30_000;

export interface NftablesOptions {
  readonly clock: Clock;
  readonly range: PortRange;
  /** Where the lock comes from and goes to. */
  readonly sockets?: SocketExchange | undefined;
}

/** Captures by an nftables map. */
export class NftablesCapture implements Capture {
  readonly type = 'nftables';
  readonly reason: string;
  readonly #clock: Clock;
  readonly #sockets: SocketExchange | undefined;
  readonly #ports: OwnPorts;
  /** The own addresses that are on `lo`. */
  readonly #addresses = new Set<string>();
  #families: readonly IpFamily[] = [];
  #map = new NftMap([], () => ({ address: '', port: 0 }));
  #lock: CaptureLock | undefined;
  #recheck: Timer | undefined;
  /** Work on the kernel is done one after the other, also that of the recheck. */
  #last: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(reason: string, { clock, range, sockets }: NftablesOptions) {
    this.reason = reason;
    this.#clock = clock;
    this.#sockets = sockets;
    this.#ports = new OwnPorts(range, clock);
  }

  async open(): Promise<void> {
    const lock = await takeCaptureLock(this.#sockets);
    try {
      this.#families = await availableFamilies();
      this.#map = new NftMap(this.#families, (frontend) => this.#ports.take(frontend));
      await this.#takeOver();
      await this.#addAddresses();
      this.#lock = lock;
    } catch (error) {
      await lock.release();
      throw captureError('capture by nftables cannot be set up', error);
    }
  }

  async prepare(added: readonly Frontend[]): Promise<void> {
    const fresh = added.filter((frontend) => this.#ports.bindingOf(frontend) === undefined);
    try {
      for (const frontend of fresh) this.#ports.take(frontend);
      await this.#addAddresses();
    } catch (error) {
      for (const frontend of fresh) this.#ports.release(frontend);
      throw captureError('own addresses cannot be added', error);
    }
  }

  bindingOf(frontend: Frontend): Binding {
    return this.#ports.take(frontend);
  }

  rebind(frontend: Frontend): Binding | undefined {
    const binding = this.#ports.move(frontend);
    return this.#addresses.has(binding.address) ? binding : undefined;
  }

  commit(added: readonly Frontend[], removed: readonly Frontend[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const frontend of removed) {
        this.#map.unwant(frontend);
        this.#ports.release(frontend);
      }
      for (const frontend of added) this.#map.want(frontend);
      await this.#map.sync().catch((error: unknown) => {
        throw captureError('the nftables map cannot be changed', error);
      });
      this.#recheck ??= this.#clock.setTimer(() => this.#check(), RECHECK_MS);
    });
  }

  release(): Promise<void> {
    this.#closed ??= this.#inTurn(async () => {
      this.#recheck?.cancel();
      await this.#lock?.release();
    });
    return this.#closed;
  }

  restore(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        for (const address of await listOwnAddresses()) this.#addresses.add(address);
        this.#map.doubt();
        await this.#map.sync();
      } catch (error) {
        throw captureError('the nftables map cannot be restored', error);
      }
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#inTurn(() => this.#close());
    return this.#closed;
  }

  /** Learns which frontend had which port from what a predecessor left; its rules stay in force until the first commit. */
  async #takeOver(): Promise<void> {
    await removeLeftRoutes();
    for (const address of await listOwnAddresses()) this.#addresses.add(address);
    const listing = await listTable('-t');
    if (listing === '') return;
    if (!bearsMark(listing)) {
      throw new SvclaneError('SVL_CAPTURE', `the nftables table inet ${TABLE} is not svclane's`, {
        hint: `remove it: nft delete table inet ${TABLE}`,
      });
    }
    for (const { frontend, binding } of parseElements(await listTable('-j'))) this.#ports.remember(frontend, binding);
  }

  async #addAddresses(): Promise<void> {
    const needed = this.#families.flatMap((family) =>
      Array.from({ length: this.#ports.addressesNeeded(family, SPARE_SLOTS) }, (_, i) => ownAddress(family, i + 1)),
    );
    const missing = needed.filter((address) => !this.#addresses.has(address));
    await addOwnAddresses(missing);
    for (const address of missing) this.#addresses.add(address);
  }

  #check(): void {
    this.#inTurn(() => this.#repair())
      .catch((error: Error) => channels.capture.publish({ message: 'captured addresses cannot be restored', error }))
      .finally(() => {
        if (!this.#closed) this.#recheck = this.#clock.setTimer(() => this.#check(), RECHECK_MS);
      });
  }

  /** Puts back what somebody else removed. */
  async #repair(): Promise<void> {
    if (this.#closed) return;
    const there = new Set(await listOwnAddresses());
    const lost = [...this.#addresses].filter((address) => !there.has(address));
    await addOwnAddresses(lost);
    const tables = await runTool('nft', ['list', 'tables', 'inet']);
    const flushed = !tables.split('\n').includes(`table inet ${TABLE}`);
    if (flushed) {
      this.#map.doubt();
      await this.#map.sync();
    }
    if (!flushed && lost.length === 0) return;
    channels.capture.publish({ message: 'somebody removed what captures Service addresses: it was put back' });
  }

  async #close(): Promise<void> {
    this.#recheck?.cancel();
    if (!this.#lock) return;
    try {
      await runTool('nft', ['-f', '-'], { input: removeTable() });
      await removeOwnAddresses([...this.#addresses]);
    } catch (error) {
      throw captureError('what captures Service addresses cannot be removed', error);
    } finally {
      await this.#lock.release();
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
