/**
 * Where the names of the cluster are served, and how this machine is told to ask there.
 */

import type { NamesBindings } from '../../daemon/name-servers.ts';
import { dnsSetupHint } from '../../dns/dns-setup-hint.ts';
import { formatHostPort } from '../../model/address.ts';

const DOMAIN = 'cluster.local';

/** The lines for what is bound. */
export function nameLines(
  { dns, front }: NamesBindings,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const lines: string[] = [];
  if (front) {
    const where = formatHostPort(front.address, front.port);
    lines.push(`SOCKS5 and HTTP CONNECT at ${where}: curl -x socks5h://${where} http://NAME.NAMESPACE/`);
  }
  if (dns) {
    const where = formatHostPort(dns.address, dns.port);
    lines.push(`DNS at ${where}: dig @${dns.address} -p ${dns.port} NAME.NAMESPACE.svc.${DOMAIN}`);
    lines.push(...dnsSetupHint(platform, dns.address, dns.port, DOMAIN));
  }
  return lines;
}
