/**
 * What is in force for one Service port: the first override that matches, then the Service's annotations, then the
 * defaults. An override is the operator's word: it comes first.
 */

import type { ServicePort } from '../model/route.ts';
import type { Algorithm, ProxyProtocol, UdpBalance } from '../model/service.ts';
import type { Config, ServiceOverride } from './config.ts';

/** How the flows of one Service port are served. */
export interface ServiceSettings {
  readonly connect: Config['defaults']['connect'];
  readonly onEmpty: Config['defaults']['onEmpty'];
  readonly proxyProtocol: ProxyProtocol;
  readonly udpBalance: UdpBalance;
}

/** The first override that matches. */
export function findOverride(
  services: readonly ServiceOverride[],
  { namespace, service }: Pick<ServicePort, 'namespace' | 'service'>,
): ServiceOverride | undefined {
  return services.find(
    ({ match }) =>
      (match.namespace === '' || match.namespace === namespace) && (match.name === '' || match.name === service),
  );
}

/** Which algorithm a ServicePort has. An override is the operator's word: it comes first. */
export function algorithmFor(
  { defaults, services }: Pick<Config, 'defaults' | 'services'>,
  port: ServicePort,
): Algorithm {
  return findOverride(services, port)?.algorithm ?? port.algorithm ?? defaults.algorithm;
}

/** The function that tells the settings of a ServicePort; it works them out once for each object that it is given. */
export function serviceSettings({
  defaults,
  services,
}: Pick<Config, 'defaults' | 'services'>): (servicePort: ServicePort) => ServiceSettings {
  const known = new WeakMap<ServicePort, ServiceSettings>();
  return (servicePort) => {
    const before = known.get(servicePort);
    if (before !== undefined) return before;
    const settings = settingsOf(defaults, findOverride(services, servicePort), servicePort);
    known.set(servicePort, settings);
    return settings;
  };
}

function settingsOf(
  defaults: Config['defaults'],
  override: ServiceOverride | undefined,
  { connectTimeoutMs, proxyProtocol, udpBalance }: ServicePort,
): ServiceSettings {
  const connect = { ...defaults.connect, ...override?.connect };
  const isAsked = connectTimeoutMs !== undefined && override?.connect?.timeoutMs === undefined;
  return {
    connect: isAsked ? { ...withTimeout(connect, connectTimeoutMs), ...override?.connect } : connect,
    onEmpty: { ...defaults.onEmpty, ...override?.onEmpty },
    proxyProtocol: override?.proxyProtocol ?? proxyProtocol ?? defaults.proxyProtocol,
    udpBalance: override?.udp?.balance ?? udpBalance ?? defaults.udp.balance,
  };
}

/** All tries within `timeoutMs`: a try gets its share of it where that is more than without. */
function withTimeout(connect: Config['defaults']['connect'], timeoutMs: number): Config['defaults']['connect'] {
  const shareMs = Math.floor(timeoutMs / connect.tries);
  return { ...connect, timeoutMs, perTryTimeoutMs: Math.max(connect.perTryTimeoutMs, shareMs) };
}
