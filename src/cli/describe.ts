/**
 * `svclane describe`: all that is known of one Service, on one screen.
 */

import { stringify } from 'yaml';
import { EJECTION_LIST } from '../admin/ejection-rows.ts';
import { EXPLANATION } from '../admin/explain-answer.ts';
import { FAULT_LIST } from '../admin/fault-routes.ts';
import { HISTORY } from '../admin/history-rows.ts';
import { OBJECT_LIST } from '../admin/object-rows.ts';
import { OVERRIDE_LIST } from '../admin/override-routes.ts';
import { ROUTE_DETAIL } from '../admin/route-detail.ts';
import { SERVICE_LIST, type ServiceRow } from '../admin/service-rows.ts';
import { SvclaneError } from '../errors.ts';
import { isRecord } from '../lib/is-record.ts';
import { askDaemon } from './admin-client.ts';
import { checkService } from './check-service.ts';
import { daemonHost } from './daemon-host.ts';
import { formatDescription } from './describe-text.ts';
import type { DescribedPort, Description } from './description.ts';
import { meantNamespace } from './meant-namespace.ts';
import { painted } from './paint.ts';
import { parseServiceArgument } from './service-argument.ts';
import { DESCRIBE_COLORS } from './text-colors.ts';

/** The options of `describe`, as commander gives them. */
export interface DescribeOptions {
  readonly namespace?: string;
  readonly output?: string;
  readonly host?: string;
}

const CHANGES = '8';

/** Prints it. Throws `SVL_NOT_FOUND` with the nearest names, `SVL_USAGE`. */
export async function describeCommand(service: string, options: DescribeOptions): Promise<void> {
  const { output } = options;
  if (output !== undefined && output !== 'json' && output !== 'yaml') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json or -o yaml' });
  }
  const { name } = parseServiceArgument(service);
  const host = daemonHost(options.host, process.env);
  const { namespace: typed } = options;
  const namespace = await meantNamespace({ host, kind: 'services', service: name, namespace: typed });
  const description = await gather(host, namespace, name);
  if (output === 'json') process.stdout.write(`${JSON.stringify(description, null, 2)}\n`);
  else if (output === 'yaml') process.stdout.write(stringify(description));
  else process.stdout.write(painted(formatDescription(description, Date.now()), DESCRIBE_COLORS));
}

async function gather(host: string, namespace: string, name: string): Promise<Description> {
  const query = new URLSearchParams({ namespace, service: name });
  const [row] = (await askDaemon(host, `/v1/services?${query}`, SERVICE_LIST)).items;
  if (!row) {
    await checkService(host, query);
    throw new SvclaneError('SVL_NOT_FOUND', `the Service "${name}" came just now`, { hint: 'ask again' });
  }
  const [objects, overrides, faults, ejections, history, ...ports] = await Promise.all([
    askDaemon(host, `/v1/objects?${query}`, OBJECT_LIST),
    askDaemon(host, `/v1/overrides?${query}`, OVERRIDE_LIST),
    askDaemon(host, `/v1/faults?${query}`, FAULT_LIST),
    askDaemon(host, `/v1/ejections?${query}`, EJECTION_LIST),
    askDaemon(host, `/v1/history?${new URLSearchParams([...query, ['limit', CHANGES]])}`, HISTORY),
    ...row.ports.map((port) => describePort(host, row, port)),
  ]);
  return {
    service: row,
    annotations: annotationsOf(objects.items[0]?.service),
    ports,
    overrides: overrides.items,
    faults: faults.items,
    ejections: ejections.items,
    changes: history.items,
  };
}

/** `port` is `http:80/TCP` or `80:30080/TCP`. */
async function describePort(host: string, { namespace, name }: ServiceRow, port: string): Promise<DescribedPort> {
  const [, number = '', protocol = ''] = /(?:^|:)(\d+)(?::\d+)?\/(\w+)$/.exec(port) ?? [];
  const asked = `${number}@${protocol.toLowerCase()}`;
  const path = [namespace, name, asked].map(encodeURIComponent).join('/');
  const detail = await unlessMissing(askDaemon(host, `/v1/routes/${path}`, ROUTE_DETAIL));
  const families = detail && detail.families.length > 0 ? detail.families.map(({ family }) => family) : [undefined];
  const explanations = await Promise.all(
    families.map((family) => {
      const query = new URLSearchParams({ namespace, service: name, port: asked, ...(family && { family }) });
      return unlessMissing(askDaemon(host, `/v1/explain?${query}`, EXPLANATION));
    }),
  );
  return { port, detail, explanations: explanations.filter((one) => one !== undefined) };
}

/** What is not routed has no port there. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SvclaneError && error.code === 'SVL_NOT_FOUND') return undefined;
    throw error;
  }
}

function annotationsOf(object: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  const metadata = isRecord(object?.metadata) ? object.metadata : {};
  return isRecord(metadata.annotations) ? metadata.annotations : {};
}
