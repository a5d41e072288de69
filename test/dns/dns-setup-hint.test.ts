import t from 'tap';
import { dnsSetupHint } from '../../src/dns/dns-setup-hint.ts';

const CASES = [
  ['linux', '127.0.0.1', 5353, /^ {2}sudo resolvectl dns svclane0 127\.0\.0\.1:5353$/m],
  ['linux', '127.0.0.53', 53, /^ {2}sudo resolvectl dns svclane0 127\.0\.0\.53$/m],
  ['linux', '::1', 5353, /^ {2}sudo resolvectl dns svclane0 \[::1\]:5353$/m],
  ['darwin', '127.0.0.1', 5353, /nameserver 127\.0\.0\.1\\nport 5353\\n.*tee \/etc\/resolver\/cluster\.local$/m],
  ['dnsmasq', '127.0.0.1', 5353, /^ {2}server=\/cluster\.local\/127\.0\.0\.1#5353$/m],
  ['win32', '127.0.0.1', 5353, /to 127\.0\.0\.1:5353 \(UDP and TCP\)/],
] as const;

for (const [platform, address, port, expected] of CASES) {
  t.test(`${platform} is told how to ask ${address} at ${port}, and nothing touches /etc/hosts`, async (t) => {
    const text = dnsSetupHint(platform, address, port, 'cluster.local').join('\n');
    t.match(text, expected);
    t.notMatch(text, /etc\/hosts/);
    if (platform !== 'win32') t.match(text, /Undo it: /);
  });
}
