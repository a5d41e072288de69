import t from 'tap';
import { parseOverride } from '../../src/config/override-notation.ts';

const SERVICE = { namespace: 'shop', service: 'web' };

function parsed(texts: Readonly<Record<string, string>>) {
  return parseOverride({ ...SERVICE, target: 'localhost:3000', ttl: '1h', ...texts });
}

t.test('an override as it is mostly written', async (t) => {
  t.match(parsed({}), {
    ttlMs: 3_600_000,
    override: {
      ...SERVICE,
      port: '',
      protocol: undefined,
      target: 'localhost:3000',
      endpoints: [
        { key: '127.0.0.1:3000', isLocal: true },
        { key: '[::1]:3000', isLocal: true },
      ],
      percent: 100,
      sources: [],
      fallback: 'cluster',
    },
  });
});

const GOOD: readonly (readonly [Readonly<Record<string, string>>, object])[] = [
  [{ target: '127.0.0.1:3000' }, { endpoints: [{ key: '127.0.0.1:3000' }] }],
  [{ target: '[::1]:3000' }, { endpoints: [{ key: '[::1]:3000' }] }],
  [{ target: 'LOCALHOST:1' }, { endpoints: [{ port: 1 }, { port: 1 }] }],
  [{ match: '20%' }, { percent: 20, sources: [] }],
  [{ match: '0.5%' }, { percent: 0.5 }],
  [{ match: 'src=10.1.2.3' }, { percent: 100, sources: [{ text: '10.1.2.3/32' }] }],
  [
    { match: 'src=fd00::1, src=10.0.0.0/8,5%' },
    { percent: 5, sources: [{ text: 'fd00::1/128' }, { text: '10.0.0.0/8' }] },
  ],
  [{ fallback: 'fail' }, { fallback: 'fail' }],
  [{ port: '53/udp' }, { port: '53', protocol: 'UDP' }],
  [{ port: 'http' }, { port: 'http', protocol: undefined }],
];

for (const [texts, expected] of GOOD) {
  t.test(`understands ${JSON.stringify(texts)}`, async (t) => t.match(parsed(texts), { override: expected }));
}

const BAD: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
  [{ target: '' }, 'target', /localhost:PORT/],
  [{ target: 'localhost' }, 'target', /localhost:PORT/],
  [{ target: 'localhost:0' }, 'target', /not "localhost:0"/],
  [{ target: 'localhost:65536' }, 'target', /ADDRESS:PORT/],
  [{ target: '127.0.0.1:0' }, 'target', /ADDRESS:PORT/],
  [{ target: 'example.com:80' }, 'target', /ADDRESS:PORT/],
  [{ target: '0.0.0.0:80' }, 'target', /ADDRESS:PORT/],
  [{ target: '[::]:80' }, 'target', /ADDRESS:PORT/],
  [{ target: '224.0.0.1:80' }, 'target', /ADDRESS:PORT/],
  [{ target: '[ff02::1]:80' }, 'target', /ADDRESS:PORT/],
  [{ match: '0%' }, 'match', /20%/],
  [{ match: '101%' }, 'match', /20%/],
  [{ match: '20' }, 'match', /20%/],
  [{ match: '20%,30%' }, 'match', /20%/],
  [{ match: 'src=' }, 'match', /src=ADDRESS/],
  [{ match: 'src=10.0.0.0/33' }, 'match', /src=CIDR/],
  [{ match: '' }, 'match', /20%/],
  [{ fallback: 'none' }, 'fallback', /one of cluster, fail/],
  [{ ttl: '' }, 'ttl', /needed: how long/],
  [{ ttl: '0s' }, 'ttl', /from 1s to 24h, not "0s"/],
  [{ ttl: '25h' }, 'ttl', /from 1s to 24h/],
  [{ ttl: 'long' }, 'ttl', /from 1s to 24h/],
  [{ port: '70000' }, 'port', /http, 80 or 53\/udp/],
  [{ port: '53/sctp' }, 'port', /53\/udp/],
];

for (const [texts, field, message] of BAD) {
  t.test(`objects to ${JSON.stringify(texts)}`, async (t) => {
    t.match(parsed(texts), { problems: [{ field, message }] });
  });
}

t.test('tells everything that is wrong at once', async (t) => {
  t.match(parseOverride({ ...SERVICE, target: 'x', match: 'y', fallback: 'z' }), {
    problems: [{ field: 'target' }, { field: 'match' }, { field: 'fallback' }, { field: 'ttl' }],
  });
});
