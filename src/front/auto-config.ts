/**
 * Proxy auto-configuration: tells a browser to use the front for the names of the cluster, and for nothing else.
 *
 * Source: https://developer.mozilla.org/docs/Web/HTTP/Guides/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file
 */

import { formatHostPort } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';

/** Which names are the cluster's: those below the domain, and `svc.namespace` of the namespaces. */
export interface FrontNames {
  readonly domain: string;
  readonly namespaces: readonly string[];
}

/** The script, for a front that is reached at `proxy`. */
export function autoConfigScript({ domain, namespaces }: FrontNames, proxy: Binding): string {
  const where = formatHostPort(proxy.address, proxy.port);
  const suffixes = [domain, 'svc', ...[...namespaces].sort()].map((suffix) => `.${suffix}`);
  return `// Names of the cluster go through svclane, all others directly.
function FindProxyForURL(url, host) {
  var suffixes = ${JSON.stringify(suffixes)};
  var name = host.toLowerCase();
  for (var i = 0; i < suffixes.length; i++) {
    var at = name.length - suffixes[i].length;
    var isShort = i > 1;
    if (at > 0 && name.indexOf(suffixes[i], at) === at && (!isShort || name.indexOf(".") === at)) {
      return ${JSON.stringify(`SOCKS5 ${where}; PROXY ${where}`)};
    }
  }
  return "DIRECT";
}
`;
}
