/**
 * Which API server, as whom: one context of a kubeconfig, or the service account of the pod we run in.
 *
 * The values are client-node's own types, with what client-node does not read of a kubeconfig beside them: `tokenFile`,
 * groups and extra fields of impersonation, the exec plugin (run by us), plain http servers.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { SvclaneError } from '../../errors.ts';
import { isRecord } from '../../lib/is-record.ts';
import { environmentProxy } from './environment-proxy.ts';
import type { ExecPlugin } from './exec-credential.ts';
import { fieldOf, itemsOf, type JsonObject, textOf } from './json-value.ts';
import { type Environment, type KubeconfigContent, readKubeconfig } from './kubeconfig-files.ts';

/** One cluster and one user. `context` is "in-cluster" for a service account. */
export interface KubeTarget {
  readonly context: string;
  /** The namespace of the context, `default` where it names none. */
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: User;
  readonly plugin: ExecPlugin | undefined;
  /** Impersonation headers beside `Impersonate-User`, each with its values. */
  readonly impersonation: Readonly<Record<string, readonly string[]>>;
}

export interface KubeTargetOptions {
  /** A path, a list of paths, or "" = the rules of `KUBECONFIG`, then `~/.kube/config`, then in-cluster. */
  readonly kubeconfig: string;
  /** "" = the current context. */
  readonly context: string;
  readonly env: Environment;
  /** Where the service account's files are mounted. */
  readonly serviceAccountRoot?: string;
}

/** A target, with the kubeconfig that it stands in; `undefined` = in-cluster. */
export interface FoundKubeTarget {
  readonly target: KubeTarget;
  readonly kubeconfig: KubeconfigContent | undefined;
}

/** As `findKubeTarget`. */
export function loadKubeTarget(options: KubeTargetOptions): KubeTarget {
  return findKubeTarget(options).target;
}

/** Throws `SVL_KUBECONFIG` with a hint. A proxy of the environment counts where the kubeconfig names none. */
export function findKubeTarget(options: KubeTargetOptions): FoundKubeTarget {
  const kubeconfig = readKubeconfig(options.kubeconfig, options.env);
  const target = kubeconfig ? selectContext(kubeconfig, options.context) : serviceAccount(options);
  const { cluster } = target;
  const proxyUrl = cluster.proxyUrl ?? environmentProxy(cluster.server, options.env);
  return { kubeconfig, target: proxyUrl === undefined ? target : { ...target, cluster: { ...cluster, proxyUrl } } };
}

function serviceAccount(options: KubeTargetOptions): KubeTarget {
  const root = options.serviceAccountRoot ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  if (options.env.KUBERNETES_SERVICE_HOST && existsSync(join(root, 'token'))) return inCluster(root, options.env);
  throw new SvclaneError('SVL_KUBECONFIG', 'no kubeconfig: KUBECONFIG is not set, and there is no ~/.kube/config', {
    hint: 'name one by --kubeconfig, or run inside a cluster with a service account',
  });
}

function selectContext(content: KubeconfigContent, wanted: string): KubeTarget {
  const name = wanted === '' ? content.currentContext : wanted;
  const entry = find(content.contexts, name);
  if (!entry) throw unknownContext(content, name);
  const clusterName = textOf(fieldOf(entry.context, 'cluster'));
  const userName = textOf(fieldOf(entry.context, 'user'));
  const cluster = bodyOf(content, content.clusters, clusterName, 'cluster', name);
  const user = userName === '' ? {} : bodyOf(content, content.users, userName, 'user', name);
  return {
    context: name,
    namespace: textOf(fieldOf(entry.context, 'namespace')) || 'default',
    cluster: toCluster(clusterName, cluster),
    user: toUser(userName || 'anonymous', user),
    plugin: toPlugin(user, cluster),
    impersonation: toImpersonation(user),
  };
}

function unknownContext({ contexts, files }: KubeconfigContent, name: string): SvclaneError {
  const known = contexts.map((context) => textOf(context.name)).join(', ') || 'none';
  const problem = name === '' ? 'no current context' : `no context "${name}"`;
  return new SvclaneError('SVL_KUBECONFIG', `${problem} in ${files.join(', ')}`, {
    hint: `choose one by --context or kubectl config use-context; known contexts: ${known}`,
  });
}

function bodyOf(
  { files }: KubeconfigContent,
  entries: readonly JsonObject[],
  name: string,
  kind: string,
  context: string,
): JsonObject {
  const body = find(entries, name)?.[kind];
  if (isRecord(body) && (kind !== 'cluster' || URL.canParse(textOf(body.server)))) return body;
  const problem = isRecord(body) ? `has no usable server` : 'does not exist';
  throw new SvclaneError('SVL_KUBECONFIG', `the ${kind} "${name}" of context "${context}" ${problem}`, {
    hint: `correct it in ${files.join(', ')}, or choose another context`,
  });
}

function find(entries: readonly JsonObject[], name: string): JsonObject | undefined {
  return entries.find((entry) => entry.name === name);
}

/** A plain http server has no certificate to check; client-node refuses it unless it is told not to. */
function toCluster(name: string, body: JsonObject): Cluster {
  const server = textOf(body.server).replace(/\/+$/, '');
  return {
    name,
    server,
    skipTLSVerify: body['insecure-skip-tls-verify'] === true || server.startsWith('http:'),
    ...optional('caData', body['certificate-authority-data']),
    ...optional('caFile', body['certificate-authority']),
    ...optional('tlsServerName', body['tls-server-name']),
    ...optional('proxyUrl', body['proxy-url']),
  };
}

/** `tokenFile` wins over `token`, as in client-go, and is read again as it rotates. */
function toUser(name: string, body: JsonObject): User {
  const tokenFile = textOf(body.tokenFile) || textOf(body['token-file']);
  const authProvider = tokenFile === '' ? body['auth-provider'] : { name: 'tokenFile', config: { tokenFile } };
  return {
    name,
    authProvider,
    ...(tokenFile === '' ? optional('token', body.token) : {}),
    ...optional('certData', body['client-certificate-data']),
    ...optional('certFile', body['client-certificate']),
    ...optional('keyData', body['client-key-data']),
    ...optional('keyFile', body['client-key']),
    ...optional('username', body.username),
    ...optional('password', body.password),
    ...optional('impersonateUser', body.as),
  };
}

function optional<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  const text = typeof value === 'number' ? String(value) : textOf(value);
  const field: { [P in K]?: string } = {};
  if (text !== '') field[key] = text;
  return field;
}

function toPlugin(user: JsonObject, cluster: JsonObject): ExecPlugin | undefined {
  const config = user.exec;
  if (!isRecord(config)) return undefined;
  const command = textOf(config.command);
  if (command === '' || config.interactiveMode === 'Always') {
    const problem = command === '' ? 'names no command' : `${command} wants a terminal (interactiveMode: Always)`;
    const hint = 'svclane runs exec plugins without a terminal: use another user or plugin';
    throw new SvclaneError('SVL_KUBECONFIG', `the exec plugin of the kubeconfig ${problem}`, { hint });
  }
  return { command, config, clusterInfo: config.provideClusterInfo === true ? clusterInfo(cluster) : undefined };
}

/** Source: client.authentication.k8s.io ExecCredential, `spec.cluster`. */
function clusterInfo(cluster: JsonObject): JsonObject {
  const caFile = textOf(cluster['certificate-authority']);
  const extension = find(itemsOf(cluster.extensions).filter(isRecord), 'client.authentication.k8s.io/exec');
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data':
      cluster['certificate-authority-data'] ?? (caFile === '' ? undefined : readFileSync(caFile).toString('base64')),
    'proxy-url': cluster['proxy-url'],
    config: extension?.extension,
  };
}

/** Source: Kubernetes user impersonation, headers `Impersonate-Group`, `Impersonate-Uid`, `Impersonate-Extra-…`. */
function toImpersonation(user: JsonObject): Record<string, readonly string[]> {
  const headers: Record<string, readonly string[]> = {};
  const groups = itemsOf(user['as-groups']).map(String);
  const uid = textOf(user['as-uid']);
  if (groups.length > 0) headers['impersonate-group'] = groups;
  if (uid !== '') headers['impersonate-uid'] = [uid];
  const extra = isRecord(user['as-user-extra']) ? user['as-user-extra'] : {};
  for (const [key, values] of Object.entries(extra)) {
    headers[`impersonate-extra-${encodeURIComponent(key)}`.toLowerCase()] = itemsOf(values).map(String);
  }
  return headers;
}

/** Source: the service account admission plugin mounts `token`, `ca.crt` and `namespace`. */
function inCluster(root: string, env: Environment): KubeTarget {
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`;
  const namespaceFile = join(root, 'namespace');
  const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : '';
  return {
    context: 'in-cluster',
    namespace: namespace || 'default',
    cluster: toCluster('in-cluster', { server, 'certificate-authority': join(root, 'ca.crt') }),
    user: toUser('service-account', { tokenFile: join(root, 'token') }),
    plugin: undefined,
    impersonation: {},
  };
}
