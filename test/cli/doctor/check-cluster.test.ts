import t from 'tap';
import {
  checkConfig,
  checkContext,
  checkPortForward,
  checkRights,
  checkServer,
} from '../../../src/cli/doctor/check-cluster.ts';
import { exitCodeOf, type Finding } from '../../../src/cli/doctor/finding.ts';

const failure = { message: 'it is away', hint: 'go there' };
const server = (skewMs: number | undefined) => checkServer({ version: 'v1.36.3', elapsedMs: 12.4, skewMs });
const right = (verb: string, resource: string, allowed: boolean, namespace = 'shop') => {
  return { verb, resource, namespace, allowed, reason: '' };
};

/** A case: its findings as `state message`, and the exit code. */
const CASES: readonly (readonly [
  title: string,
  findings: readonly Finding[],
  lines: readonly string[],
  code: number,
])[] = [
  [
    'a valid configuration',
    [checkConfig({ description: 'valid, mode dev' })],
    ['ok configuration: valid, mode dev'],
    0,
  ],
  [
    'a wrong configuration',
    [checkConfig({ message: 'the configuration is not valid\n  mode: must be dev\n  x: unknown', hint: '' })],
    ['fail the configuration is not valid: mode: must be dev; x: unknown'],
    4,
  ],
  ['a kubeconfig that is missing', [checkContext(failure)], ['fail it is away'], 5],
  ['an API server that is away', checkServer(failure), ['fail it is away'], 5],
  ['one clock', server(9_500), ['ok API server v1.36.3, answered in 12ms', 'ok clock: as that of the API server'], 0],
  ['an API server without a clock', server(undefined).slice(1), ['skip clock: the API server sends no time'], 0],
  ['a clock ahead', server(30_000).slice(1), ["warn clock: the API server's is 30s ahead of this machine's"], 0],
  ['a clock far behind', server(-600_000).slice(1), ["fail clock: the API server's is 600s behind this machine's"], 4],
  [
    'rights that are there, and one that is not',
    checkRights([right('list', 'services', true), right('watch', 'services', true), right('list', 'nodes', false, '')]),
    ['ok can list/watch services (shop)', 'fail cannot list nodes in all namespaces'],
    5,
  ],
  ['rights that cannot be asked for', checkRights(failure), ['fail rights: it is away'], 5],
  [
    'port-forward',
    [checkPortForward([right('get', 'pods', true), right('create', 'pods', true)])],
    ['ok pods/portforward: get=yes create=yes'],
    0,
  ],
  [
    'half of port-forward',
    [checkPortForward([right('get', 'pods', true), right('create', 'pods', false)])],
    ['warn pods/portforward: get=yes create=no'],
    0,
  ],
];

for (const [title, findings, lines, code] of CASES) {
  t.test(`of ${title} it says so`, async (t) => {
    t.same(
      findings.map(({ state, message }) => `${state} ${message}`),
      lines,
    );
    t.equal(exitCodeOf(findings), code);
    t.ok(
      findings.every(({ state, next }) => state !== 'fail' || next !== ''),
      'each fail has a next step',
    );
  });
}
