/**
 * `svclane explain`: what a client gets, and why; from the running daemon, from manifests, or straight from the cluster.
 */

import { stringify } from 'yaml';
import { answerExplain, EXPLANATION, type ExplanationDocument } from '../admin/explain-answer.ts';
import type { ExplainRequest } from '../admin/explain-request.ts';
import { HttpProblem } from '../admin/http-problem.ts';
import { SvclaneError } from '../errors.ts';
import type { Rejection } from '../model/source.ts';
import { askDaemon } from './admin-client.ts';
import { type AskedHost, hostOf } from './bundle-host.ts';
import { formatExplanation } from './explain-text.ts';
import { meantInTable, meantNamespace } from './meant-namespace.ts';
import { parseMoment } from './moment.ts';
import { painted } from './paint.ts';
import { errorOfProblem } from './problem-error.ts';
import { isBundle } from './read-bundle.ts';
import { printError } from './report-error.ts';
import { parseServiceArgument } from './service-argument.ts';
import { EXPLAIN_COLORS } from './text-colors.ts';

/** Found, but a client gets no endpoint. */
const EXIT_NOT_ROUTABLE = 4;

/** The options of `explain`, as commander gives them. */
export interface ExplainOptions extends AskedHost {
  readonly namespace?: string;
  readonly from?: string;
  readonly node?: string;
  readonly to?: string;
  readonly family?: string;
  readonly at?: string;
  readonly output?: string;
  readonly filename?: readonly string[];
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** There is no such Service: to a script that is no verdict on one. A revision that is gone has the code of what is not found. */
const EXIT_NO_SERVICE = 1;

/**
 * Prints the explanation; resolves with 0, with 4 where the client gets no endpoint, with 1 where there is no such Service.
 * Throws `SVL_NOT_FOUND`, `SVL_USAGE`.
 */
export async function explainCommand(service: string | undefined, given: ExplainOptions): Promise<number> {
  try {
    return await explainService(service, given);
  } catch (error) {
    if (!(error instanceof SvclaneError) || error.facts.problem !== 'SVC_NOT_FOUND') throw error;
    printError(error);
    return EXIT_NO_SERVICE;
  }
}

async function explainService(service: string | undefined, given: ExplainOptions): Promise<number> {
  const options = withBundle(given);
  checkOptions(service, options);
  const asked = requestOf(service, options);
  const isOffline = options.cluster === true || (options.filename ?? []).length > 0;
  const request = isOffline ? asked : await withNamespace(asked, hostOf(options));
  const explanation = isOffline ? await explainOffline(request, options) : await explainByDaemon(request, options);
  process.stdout.write(format(explanation, request, options));
  return explanation.routable ? 0 : EXIT_NOT_ROUTABLE;
}

/** `-f` takes a bundle as well as manifests. */
function withBundle(options: ExplainOptions): ExplainOptions {
  const [path, ...more] = options.filename ?? [];
  if (path === undefined || more.length > 0 || !isBundle(path)) return options;
  return { ...options, filename: [], bundle: path };
}

function checkOptions(service: string | undefined, { output, to, filename = [], cluster, at }: ExplainOptions): void {
  if (output !== undefined && output !== 'json' && output !== 'yaml') {
    throw usage(`unknown output format "${output}"`, 'use -o json or -o yaml');
  }
  if (service === undefined && to === undefined) {
    throw usage('explain what?', 'svclane explain svc/NAME[:PORT], or --to ADDRESS:PORT');
  }
  if (cluster && filename.length > 0) throw usage('-f and --cluster exclude one another', 'choose one source');
  if (at !== undefined && (cluster || filename.length > 0)) {
    throw usage('--at needs the history of a running daemon or a bundle', 'leave --cluster and -f of manifests out');
  }
}

function requestOf(service: string | undefined, options: ExplainOptions): ExplainRequest {
  const { namespace, from, node, to, family, at } = options;
  const target = service === undefined ? undefined : parseServiceArgument(service);
  return {
    ...(namespace !== undefined && { namespace }),
    ...(target && { service: target.name }),
    ...(target?.port !== undefined && { port: target.port }),
    ...(from !== undefined && { from }),
    ...(node !== undefined && { node }),
    ...(to !== undefined && { to }),
    ...(family !== undefined && { family }),
    ...(at !== undefined && { at: parseMoment(at, Date.now()) }),
  };
}

/** Who gives no namespace is told of the one that is meant, unless it goes without saying. */
async function withNamespace(request: ExplainRequest, host: string): Promise<ExplainRequest> {
  const { service, at } = request;
  if (service === undefined || request.namespace !== undefined) return request;
  const namespace = await meantNamespace({ host, kind: 'services', service, at });
  return namespace === 'default' ? request : { ...request, namespace };
}

async function explainByDaemon(request: ExplainRequest, options: ExplainOptions): Promise<ExplanationDocument> {
  const query = new URLSearchParams({ ...request });
  return askDaemon(hostOf(options), `/v1/explain?${query}`, EXPLANATION);
}

async function explainOffline(request: ExplainRequest, options: ExplainOptions): Promise<ExplanationDocument> {
  const { buildOfflineTable } = await import('./offline-table.ts');
  const { table, namespace } = await buildOfflineTable({
    files: options.filename ?? [],
    kubeconfig: options.kubeconfig ?? '',
    context: options.context ?? '',
    // An address may be of a Service of any namespace.
    namespace: request.to === undefined ? request.namespace : '',
    nodeName: (request.node ?? '').toLowerCase(),
    rejected: warn,
  });
  const context = { table, atMs: Date.now(), serviceProxyName: '' };
  try {
    return answerExplain(
      { ...context, algorithm: ({ servicePort }) => servicePort.algorithm ?? 'roundrobin' },
      { namespace: meantInTable(table, request.service) ?? namespace, ...request },
    );
  } catch (error) {
    throw error instanceof HttpProblem ? errorOfProblem(error) : error;
  }
}

function warn({ kind, namespace, name, where = '', problems }: Rejection): void {
  for (const { path, message } of problems) {
    const object = [namespace, name].filter((part) => part !== '').join('/');
    process.stderr.write(`warning: ${[where, `${kind} ${object}`, path, message].filter(Boolean).join(': ')}\n`);
  }
}

function format(explanation: ExplanationDocument, request: ExplainRequest, { output, bundle }: ExplainOptions): string {
  if (output === 'json') return `${JSON.stringify(explanation, null, 2)}\n`;
  if (output === 'yaml') return stringify(explanation);
  const { namespace, service, port, from, node, to, family } = request;
  const words = [
    'svclane explain',
    service === undefined ? '' : `svc/${service}${port === undefined ? '' : `:${port}`}`,
    namespace === undefined ? '' : `-n ${namespace}`,
    from === undefined ? '' : `--from ${from}`,
    node === undefined ? '' : `--node ${node}`,
    to === undefined ? '' : `--to ${to}`,
    family === undefined ? '' : `--family ${family}`,
    bundle === undefined ? '' : `--bundle ${bundle}`,
  ];
  const again = words.filter((word) => word !== '').join(' ');
  return painted(formatExplanation(explanation, { again, nowMs: Date.now() }), EXPLAIN_COLORS);
}

function usage(message: string, hint: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', message, { hint });
}
