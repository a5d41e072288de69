import t from 'tap';
import type { DriftCause } from '../../src/audit/drift-cause.ts';
import { type ExplainedDrift, formatAudit } from '../../src/cli/audit-text.ts';

const NOW_MS = Date.parse('2026-01-01T12:00:00Z');

const DRIFT: ExplainedDrift = {
  kind: 'endpointStale',
  namespace: 'shop',
  service: 'web',
  servicePort: 'shop/web:http',
  frontends: ['10.96.0.15:80/TCP'],
  partly: false,
  clients: [],
  endpoint: '10.244.3.9:8080',
  found: '',
  wanted: '',
  cause: undefined,
};

const CAUSE: DriftCause = {
  kind: 'EndpointSlice',
  name: 'web-x7k',
  change: 'removed',
  endpoint: '10.244.3.9',
  fields: [],
  generation: 8702,
  time: '2026-01-01T09:56:00Z',
};

const exclusion = {
  code: 'EP_NOT_READY',
  subject: '10.244.3.9:8080',
  pod: '',
  object: 'EndpointSlice web-x7k',
  path: 'endpoints[1].conditions.ready',
  value: 'false',
} as const;
const ready = [{ path: 'ready', before: 'true', after: 'false' }];
const policy = [{ path: 'spec.externalTrafficPolicy', before: '', after: 'Local' }];
const service = { ...CAUSE, kind: 'Service', name: 'web', endpoint: '' };

const CASES: readonly (readonly [drift: Partial<ExplainedDrift>, text: string])[] = [
  [{ cause: CAUSE }, 'kube-proxy still maps 10.244.3.9:8080; removed from slice web-x7k at rev 8702 (2h04m ago)'],
  [
    { cause: { ...CAUSE, change: 'changed', fields: ready } },
    'kube-proxy still maps 10.244.3.9:8080; ready true->false in slice web-x7k at rev 8702 (2h04m ago)',
  ],
  [{}, 'kube-proxy still maps 10.244.3.9:8080; no slice has it'],
  [
    { exclusion },
    'kube-proxy still maps 10.244.3.9:8080; EP_NOT_READY: EndpointSlice web-x7k has endpoints[1].conditions.ready=false',
  ],
  [
    { kind: 'endpointMissing', partly: true, clients: ['pod', 'external'] },
    'kube-proxy does not map 10.244.3.9:8080 at 10.96.0.15:80/TCP for pods and clients outside',
  ],
  [
    { kind: 'frontendStale', found: 'drop', cause: { ...service, change: 'removed' } },
    'kube-proxy still has 10.96.0.15:80/TCP (drop), which is of no Service; Service web removed at rev 8702 (2h04m ago)',
  ],
  [{ kind: 'frontendMissing' }, 'kube-proxy does not have 10.96.0.15:80/TCP'],
  [
    {
      kind: 'policy',
      found: 'reject',
      wanted: 'drop: NO_LOCAL_ENDPOINT',
      cause: { ...service, change: 'changed', fields: policy },
    },
    'kube-proxy rejects clients, should drop: NO_LOCAL_ENDPOINT; spec.externalTrafficPolicy ""->Local in Service web at rev 8702 (2h04m ago)',
  ],
  [
    { kind: 'affinity', found: 'None', wanted: 'ClientIP 60s' },
    'kube-proxy has session affinity None, should have ClientIP 60s',
  ],
  [
    { kind: 'sourceRanges', found: 'everybody', wanted: '10.0.0.0/8' },
    'kube-proxy lets in everybody, should let in 10.0.0.0/8',
  ],
  [{ kind: 'unreadable', found: 'rule 7 of chain x' }, 'cannot be compared: rule 7 of chain x'],
];

for (const [drift, text] of CASES) {
  t.test(text, async (t) => {
    const line = `DRIFT   shop/web:http   ${text}\n`;
    t.equal(formatAudit([{ ...DRIFT, ...drift }], 211, NOW_MS), `${line}1 drift, 211 equal\n`);
  });
}

t.test('no drift is a line too', async (t) => {
  t.equal(formatAudit([], 212, NOW_MS), 'no drift, 212 equal\n');
});
