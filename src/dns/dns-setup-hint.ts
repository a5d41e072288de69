/**
 * How a machine is told to ask this DNS server: lines to print. Nothing is changed by svclane itself.
 */

import { isIPv4 } from 'node:net';

/** Where plain DNS is, so that no port has to be said. */
const DNS_PORT = 53;

/**
 * The lines that send questions for `domain` to the server at `address` and `port`, and how that is undone. `linux` means
 * systemd-resolved; `dnsmasq` is for machines that run that, whatever their system.
 */
export function dnsSetupHint(
  platform: NodeJS.Platform | 'dnsmasq',
  address: string,
  port: number,
  domain: string,
): readonly string[] {
  if (platform === 'dnsmasq') return dnsmasq(address, port, domain);
  if (platform === 'darwin') return macos(address, port, domain);
  return platform === 'linux' ? resolved(address, port, domain) : other(address, port, domain);
}

/** A dummy link of its own, so that no link's own name servers are replaced; it goes with the next start of the machine. */
function resolved(address: string, port: number, domain: string): readonly string[] {
  return [
    `To resolve *.${domain} by svclane with systemd-resolved (247 or newer), until the next start of this machine:`,
    '  sudo ip link add svclane0 type dummy',
    '  sudo ip address add 169.254.77.53/32 dev svclane0',
    '  sudo ip link set svclane0 up',
    `  sudo resolvectl dns svclane0 ${portSuffixed(address, port)}`,
    `  sudo resolvectl domain svclane0 '~${domain}' '~svc'`,
    '  sudo resolvectl default-route svclane0 false',
    '  sudo resolvectl dnssec svclane0 no',
    `Try it:  resolvectl query kubernetes.default.svc.${domain}`,
    'Undo it: sudo ip link delete svclane0',
  ];
}

function macos(address: string, port: number, domain: string): readonly string[] {
  const file = (zone: string): string =>
    `  printf 'nameserver ${address}\\nport ${port}\\ntimeout 2\\n' | sudo tee /etc/resolver/${zone}`;
  return [
    `To resolve *.${domain} by svclane on macOS:`,
    '  sudo mkdir -p /etc/resolver',
    file(domain),
    file('svc'),
    `Try it:  dscacheutil -q host -a name kubernetes.default.svc.${domain}`,
    `Undo it: sudo rm /etc/resolver/${domain} /etc/resolver/svc`,
  ];
}

function dnsmasq(address: string, port: number, domain: string): readonly string[] {
  const server = `${address}#${port}`;
  return [
    `To resolve *.${domain} by svclane with dnsmasq, in a file of its configuration folder (/etc/dnsmasq.d/svclane.conf):`,
    `  server=/${domain}/${server}`,
    `  server=/svc/${server}`,
    `  rebind-domain-ok=/${domain}/svc/`,
    'and then: sudo systemctl reload-or-restart dnsmasq',
    'Undo it: remove the file, and restart dnsmasq',
  ];
}

function other(address: string, port: number, domain: string): readonly string[] {
  return [
    `To resolve *.${domain} by svclane, send questions for the domains ${domain} and svc to ${portSuffixed(address, port)} (UDP and TCP).`,
  ];
}

function portSuffixed(address: string, port: number): string {
  if (port === DNS_PORT) return address;
  return isIPv4(address) ? `${address}:${port}` : `[${address}]:${port}`;
}
