import t from 'tap';
import { listenHint } from '../../src/model/listen-hint.ts';

const CASES = [
  ['an address that macOS has to be given', 'EADDRNOTAVAIL', '127.77.1.2', /ifconfig lo0 alias 127\.77\.1\.2\/32/],
  ['an address of another machine', 'EADDRNOTAVAIL', '10.0.0.1', /does not belong/],
  ['an address that is taken', 'EADDRINUSE', '127.0.0.1', /another process/],
  ['a port that needs rights', 'EACCES', '127.77.1.2', /net\.ipv4\.ip_unprivileged_port_start/],
  ['an error that nothing is known of', 'EIO', '127.0.0.1', undefined],
] as const;

for (const [title, errno, address, expected] of CASES) {
  t.test(`${title}: ${errno} ${address}`, async (t) => {
    if (expected) t.match(listenHint(errno, address), expected);
    else t.equal(listenHint(errno, address), undefined);
  });
}
