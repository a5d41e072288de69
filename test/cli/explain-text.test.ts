import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { Value } from 'typebox/value';
import { answerExplain, EXPLANATION } from '../../src/admin/explain-answer.ts';
import type { ExplainRequest } from '../../src/admin/explain-request.ts';
import { HttpProblem } from '../../src/admin/http-problem.ts';
import type { EndpointExclusion } from '../../src/admin/view.ts';
import { formatExplanation } from '../../src/cli/explain-text.ts';
import { parseCidr } from '../../src/model/address.ts';
import type { NodeContext, RoutingTable } from '../../src/model/route.ts';
import { DECISION_CODES, EXCLUSION_CODES } from '../../src/routing/codes.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

type Json = Readonly<Record<string, unknown>>;

/** The expected text of every case. To write it anew run this file with GOLDEN=write, and read the difference. */
const GOLDEN = new URL('../fixtures/explain-golden.txt', import.meta.url);
const NOW_MS = Date.UTC(2026, 0, 2, 12);

interface Case {
  readonly objects: readonly Json[];
  readonly node?: Partial<NodeContext>;
  readonly request?: ExplainRequest;
  readonly exclusions?: (table: RoutingTable) => readonly EndpointExclusion[];
}

const READY = [rawEndpoint('10.0.0.1', { targetRef: { kind: 'Pod', name: 'web-1' } })];
const [RANGE] = ['10.96.0.0/16'].map(parseCidr).filter((range) => range !== undefined);

const CASES: Readonly<Record<string, Case>> = {
  'a ready endpoint': { objects: [rawService(), rawSlice('a', READY)] },
  'every way to be out of the slices': {
    objects: [
      rawService(),
      rawSlice('a', [rawEndpoint('10.0.0.1'), rawEndpoint('10.0.0.1')]),
      rawSlice('b', [], { ports: [{ name: 'https', port: 1 }] }),
      rawSlice('c', [], { ports: [{ name: 'http', port: 1, protocol: 'UDP' }] }),
      rawSlice('d', [], { ports: [{ name: 'http' }] }),
      rawSlice('e', [], { addressType: 'IPv6' }),
    ],
  },
  'every condition': {
    objects: [
      rawService({ sessionAffinity: 'ClientIP' }),
      rawSlice('a', [
        ...READY,
        rawEndpoint('10.0.0.2', { conditions: CONDITIONS.notReady }),
        rawEndpoint('10.0.0.3', { conditions: CONDITIONS.dead }),
        rawEndpoint('10.0.0.4', { conditions: CONDITIONS.standby }),
      ]),
    ],
  },
  'policy Local, all endpoints elsewhere': {
    objects: [
      rawService({ internalTrafficPolicy: 'Local' }),
      rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-c' })]),
    ],
  },
  'zone hints': {
    objects: [rawService(), rawSlice('a', [hinted(1, 'forZones', 'z1'), hinted(2, 'forZones', 'z2')])],
    node: { zone: 'z1' },
  },
  'node hints': {
    objects: [rawService(), rawSlice('a', [hinted(1, 'forNodes', 'node-a'), hinted(2, 'forNodes', 'node-b')])],
  },
  'hints that a safeguard stops': { objects: [rawService(), rawSlice('a', [hinted(1, 'forZones', 'z1')])] },
  'no slices': { objects: [rawService()] },
  'a source that is denied': {
    objects: [
      rawService(
        { loadBalancerSourceRanges: ['10.0.0.0/8'] },
        {},
        { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } },
      ),
      rawSlice('a', READY),
    ],
    request: { to: '198.51.100.4:80', from: '203.0.113.2' },
  },
  'no Service': { objects: [rawService()], request: { namespace: 'shop', service: 'wep' } },
  'an ExternalName': { objects: [rawService({ type: 'ExternalName', clusterIP: '', clusterIPs: [] })] },
  'a headless Service': { objects: [rawService({ clusterIP: 'None', clusterIPs: ['None'] })] },
  'a Service of another proxy': {
    objects: [rawService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }), rawSlice('a', READY)],
  },
  'no cluster IP': { objects: [rawService({ clusterIP: '', clusterIPs: [] })] },
  'an unknown port': { objects: [rawService(), rawSlice('a', READY)], request: web({ port: '53/udp' }) },
  'an ambiguous port': {
    objects: [
      rawService({
        ports: [
          { name: 'dns', port: 53 },
          { name: 'dns-udp', port: 53, protocol: 'UDP' },
        ],
      }),
    ],
    request: web({ port: '53' }),
  },
  'another family': { objects: [rawService(), rawSlice('a', READY)], request: web({ family: 'ipv6' }) },
  SCTP: {
    objects: [
      rawService({ ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
      rawSlice('a', READY, { ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
    ],
  },
  'an address that an older Service has': {
    objects: [
      rawService(),
      rawSlice('a', READY),
      rawService({}, { name: 'old', creationTimestamp: '2020-01-01T00:00:00Z' }),
    ],
  },
  'an address of nobody': { objects: [rawService()], request: { to: '192.0.2.1:80/udp' } },
  'an unallocated address': {
    objects: [rawService()],
    node: RANGE ? { serviceCIDRs: [RANGE] } : {},
    request: { to: '10.96.9.9:80' },
  },
  'ejected, suspended, and in quarantine': {
    objects: [
      rawService(),
      rawSlice(
        'a',
        [1, 2, 3, 4].map((host) => rawEndpoint(`10.0.0.${host}`)),
      ),
    ],
    exclusions: (table) => {
      const servicePort = table.services.get('shop/web')?.ports[0];
      const codes = ['EP_EJECTED', 'EJECTION_SUSPENDED', 'EP_QUARANTINED'] as const;
      return codes.flatMap((code, index) => {
        const endpoint = servicePort?.endpoints[index];
        if (!servicePort || !endpoint) return [];
        return [{ servicePort, endpoint, code, cause: 'ECONNREFUSED', failures: 3, times: 1, leftMs: 1000 }];
      });
    },
  },
  'every endpoint drained': {
    objects: [rawService(), rawSlice('a', READY)],
    exclusions: (table) => {
      const [servicePort] = table.services.get('shop/web')?.ports ?? [];
      const [endpoint] = servicePort?.endpoints ?? [];
      if (!servicePort || !endpoint) return [];
      return [{ servicePort, endpoint, code: 'EP_QUARANTINED', cause: '', failures: 0, times: 0, leftMs: undefined }];
    },
  },
  'a name with an escape': {
    objects: [
      rawService(),
      rawSlice('a', [rawEndpoint('10.0.0.1', { targetRef: { kind: 'Pod', name: 'x\u001b[2J\nz' } })]),
    ],
  },
};

function web(over: ExplainRequest): ExplainRequest {
  return { namespace: 'shop', service: 'web', ...over };
}

function hinted(host: number, kind: 'forZones' | 'forNodes', name: string): Json {
  return rawEndpoint(`10.0.0.${host}`, { hints: { [kind]: [{ name }] } });
}

function textOf({ objects, node = {}, request = web({}), exclusions }: Case): string {
  const table = tableWith(objects, node);
  const context = { table, atMs: NOW_MS, serviceProxyName: '', algorithm: () => 'roundrobin' };
  try {
    const explanation = answerExplain({ ...context, exclusions: exclusions?.(table) ?? [] }, request);
    t.ok(Value.Check(EXPLANATION, explanation), 'it has the shape that is promised');
    return formatExplanation(explanation, { again: 'svclane explain', nowMs: NOW_MS });
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return `error: ${error.code} ${error.message}\nhint: ${error.hint}\n`;
  }
}

process.env.TZ = 'UTC';
const text = Object.entries(CASES)
  .map(([name, one]) => `# ${name}\n${textOf(one)}\n`)
  .join('');
if (process.env.GOLDEN === 'write') writeFileSync(GOLDEN, text);

t.test('every case reads as it should', async (t) => {
  const sections = (all: string) => all.split(/^# /m);
  const expected = sections(readFileSync(GOLDEN, 'utf8'));
  for (const [index, section] of sections(text).entries()) t.equal(section, expected[index], section.slice(0, 40));
  t.equal(sections(text).length, expected.length);
});

t.test('every code is shown', async (t) => {
  for (const code of [...Object.keys(DECISION_CODES), ...Object.keys(EXCLUSION_CODES)]) {
    t.match(text, new RegExp(`\\b${code}\\b`), code);
  }
});
