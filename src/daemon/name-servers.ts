/**
 * Services by their names, for clients on this machine: the DNS server, the front for SOCKS5 and HTTP CONNECT, and the local
 * addresses of Services that names may lead to. All of them read the table in force.
 */

import type { DnsServer } from '../dns/dns-server.ts';
import type { FrontServer } from '../front/front-server.ts';
import type { Clock } from '../lib/clock.ts';
import type { Cidr } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';
import type { HostLanes, RoutingTable } from '../model/route.ts';
import { type Service, serviceKey } from '../model/service.ts';
import type { ListenerSet } from '../proxy/listener-set.ts';
import type { StateSnapshot } from '../routing/cluster-state.ts';
import { createHostAddresses } from '../routing/host-addresses.ts';
import { frontTarget } from '../routing/names/front-target.ts';
import type { NameSource } from '../routing/names/resolve-name.ts';

/** What is served. Each part is there only where it is wanted. */
export interface NamesConfig {
  /** `cluster.local` */
  readonly domain: string;
  /** That of a name without one: `web`. */
  readonly defaultNamespace: string;
  readonly dns?: { readonly listen: Binding; readonly forward?: Binding };
  readonly front?: Binding;
  readonly hosts?: HostsConfig;
}

/** Addresses for Services. */
export interface HostsConfig {
  readonly range: Cidr;
  /** Whether the transport carries datagrams. */
  readonly udp: boolean;
  /** Names of headless Services lead to such an address too, not to the pods: for a transport that does not route to pods. */
  readonly headless: boolean;
}

/** Where the parts are bound; absent = not wanted. */
export interface NamesBindings {
  readonly dns?: Binding;
  readonly front?: Binding;
}

export interface NameServers {
  /** For the node context. `undefined` = Services have no addresses here. */
  readonly hosts: HostLanes | undefined;
  /** Called before each table is built: gives addresses to Services that are new. */
  follow(snapshot: StateSnapshot): void;
  /** Binds. Throws `SVL_LISTEN`; what was bound before that is closed by `close`. */
  open(): Promise<NamesBindings>;
  close(): Promise<void>;
}

export interface NameServersOptions extends NamesConfig {
  readonly table: () => RoutingTable;
  readonly adopt: ListenerSet['adopt'];
  readonly clock: Clock;
}

/** Creates what is wanted; nothing is bound before `open`. */
export function createNameServers(options: NameServersOptions): NameServers {
  const { domain, defaultNamespace, table, clock } = options;
  const hosts = createHosts(options.hosts);
  const names = (): Omit<NameSource, 'nameServers'> => {
    return { table: table(), domain, defaultNamespace, addressOf: hosts?.addressesOf ?? (() => []) };
  };
  let dns: DnsServer | undefined;
  let front: FrontServer | undefined;
  // What most daemons do not serve is not loaded.
  const make = async (): Promise<void> => {
    if (options.dns) {
      const { createDnsServer } = await import('../dns/dns-server.ts');
      dns = createDnsServer({ ...options.dns, names, clock });
    }
    if (options.front) {
      const { createFrontServer } = await import('../front/front-server.ts');
      front = createFrontServer({
        listen: options.front,
        clock,
        resolve: (host, port) => frontTarget({ ...names(), nameServers: [] }, host, port),
        connect: options.adopt,
        names: () => ({ domain, namespaces: namespacesOf(table()) }),
      });
    }
  };
  return {
    hosts: hosts?.lanes,
    follow: (snapshot) => hosts?.follow(snapshot),
    async open() {
      await make();
      const [dnsAt, frontAt] = [await dns?.open(), await front?.open()];
      return { ...(dnsAt && { dns: dnsAt }), ...(frontAt && { front: frontAt }) };
    },
    async close() {
      await Promise.all([front?.close(), dns?.close()]);
    },
  };
}

interface Hosts {
  readonly lanes: HostLanes;
  addressesOf(service: Service): readonly string[];
  follow(snapshot: StateSnapshot): void;
}

function createHosts(config: HostsConfig | undefined): Hosts | undefined {
  if (!config) return undefined;
  const addresses = createHostAddresses(config.range);
  let followed: StateSnapshot['services'] | undefined;
  return {
    lanes: { addressOf: (key) => addresses.addressOf(key), udp: config.udp },
    addressesOf({ namespace, name, headless }) {
      const address = headless && !config.headless ? undefined : addresses.addressOf(serviceKey(namespace, name));
      return address === undefined ? [] : [address];
    },
    follow({ services }) {
      if (services === followed) return;
      followed = services;
      addresses.follow([...services.values()].filter(({ type }) => type !== 'ExternalName').map(keyOf));
    },
  };
}

function keyOf({ namespace, name }: Service): string {
  return serviceKey(namespace, name);
}

function namespacesOf({ services }: RoutingTable): readonly string[] {
  return [...new Set([...services.values()].map(({ service }) => service.namespace))];
}
