import t from 'tap';
import { parseLaneFlag, parseLaneTarget } from '../../src/config/lane-notation.ts';

t.test('a target is a Service, with or without its port', (t) => {
  t.same(parseLaneTarget('svc/web'), { service: 'web', port: undefined });
  t.same(parseLaneTarget('service/web:http'), { service: 'web', port: 'http' });
  t.same(parseLaneTarget('services/web:80'), { service: 'web', port: '80' });
  for (const text of ['web', 'svc/', 'svc/web:', 'po/web', 'svc/a/b', 'svc/web:a:b', '']) {
    t.equal(parseLaneTarget(text), undefined, JSON.stringify(text));
  }
  t.end();
});

t.test('a lane on the command line is the entry of the file', (t) => {
  const cases: readonly [string, unknown][] = [
    ['svc/web:http=127.0.0.1:8080', { target: 'svc/web:http', listen: '127.0.0.1:8080' }],
    ['shop/svc/web:80=[::1]:0', { namespace: 'shop', target: 'svc/web:80', listen: '[::1]:0' }],
    ['svc/svc/web:80=1.2.3.4:5', { namespace: 'svc', target: 'svc/web:80', listen: '1.2.3.4:5' }],
    ['svc/dns:53=127.0.0.1:5353/udp', { target: 'svc/dns:53', listen: '127.0.0.1:5353', protocol: 'UDP' }],
    ['svc/dns:53=127.0.0.1:5353@UDP', { target: 'svc/dns:53', listen: '127.0.0.1:5353', protocol: 'UDP' }],
    ['svc/dns:53=127.0.0.1:5353/tcp', { target: 'svc/dns:53', listen: '127.0.0.1:5353', protocol: 'TCP' }],
    ['svc/dns:53=127.0.0.1:5353/sctp', undefined],
    ['svc/web:http', undefined],
    ['web:80=127.0.0.1:1', undefined],
    ['a/b/svc/web:80=127.0.0.1:1', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) t.same(parseLaneFlag(text), expected, JSON.stringify(text));
  t.end();
});
