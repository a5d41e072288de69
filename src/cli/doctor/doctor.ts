/**
 * `svclane doctor`: what stands in the way of a Service, from the configuration to the pod, each with the next step.
 */

import type { Config } from '../../config/config.ts';
import { SvclaneError } from '../../errors.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { daemonHost } from '../daemon-host.ts';
import { loadConfig } from '../load-config.ts';
import { knownNamespace } from '../meant-namespace.ts';
import { painted } from '../paint.ts';
import { parseServiceArgument } from '../service-argument.ts';
import { DOCTOR_COLORS } from '../text-colors.ts';
import { checkConfig, checkContext, checkPortForward, checkRights, checkServer } from './check-cluster.ts';
import { checkDoings } from './check-doings.ts';
import { checkClaims, checkDaemon, checkPorts } from './check-machine.ts';
import { type AskedService, checkPortEndpoints, checkProbes, checkService, decidePorts } from './check-service.ts';
import { formatFindings } from './doctor-text.ts';
import { exitCodeOf, type Failure, type Finding, failureOf } from './finding.ts';
import { askRights, askServer, neededRights } from './gather-cluster.ts';
import { askDoings, askManifests, askStatus, findClaims, wantedPorts } from './gather-machine.ts';
import { findSocketOwner, readListeningSockets } from './listening-sockets.ts';
import { probePorts } from './probe-ports.ts';

/** The options of `doctor`, as commander gives them. */
export interface DoctorOptions {
  readonly namespace?: string;
  readonly probe?: boolean;
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly node?: string;
  readonly host?: string;
  readonly output?: string;
}

/** Prints the findings; resolves with 0, 4 or 5. Throws `SVL_USAGE`, and nothing else that can be expected. */
export async function doctorCommand(service: string | undefined, options: DoctorOptions): Promise<number> {
  const { output } = options;
  if (output !== undefined && output !== 'json') {
    throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, { hint: 'use -o json' });
  }
  const asked = service === undefined ? undefined : parseServiceArgument(service);
  const findings = [...(await examine(asked, options))];
  if (output === 'json') process.stdout.write(`${JSON.stringify({ findings: findings.map(rowOf) }, null, 2)}\n`);
  else process.stdout.write(painted(formatFindings(findings), DOCTOR_COLORS));
  return exitCodeOf(findings);
}

function rowOf({ check, state, message, next }: Finding): unknown {
  return { check, state, message, next };
}

type Asked = ReturnType<typeof parseServiceArgument>;

/** Every check, as far as the ones before leave something to ask. */
async function examine(asked: Asked | undefined, options: DoctorOptions): Promise<readonly Finding[]> {
  const config = attempt(() => loadConfig(flagsOf(options), process.env));
  if (isFailure(config)) return [checkConfig(config)];
  const findings = [checkConfig({ description: `valid, mode ${config.mode}` })];
  findings.push(...(await examineMachine(config, options)));
  const manifests = await manifestsOf(config, options);
  if (manifests !== '') {
    findings.push({ check: 'context', state: 'skip', message: `no cluster: manifests at ${manifests}`, next: '' });
    if (asked)
      findings.push(...(await examineService(asked, config, options, { files: [manifests], usual: 'default' })));
    return findings;
  }
  const auth = await attemptAsync(() => loadAuth(config));
  if (isFailure(auth)) return [...findings, checkContext(auth)];
  try {
    const reached = await examineCluster(auth, config, options);
    findings.push(checkContext({ description: auth.description }), ...reached);
    const isUsable = reached.every(({ state, api }) => state !== 'fail' || api !== true);
    if (asked && isUsable)
      findings.push(
        ...(await examineService(asked, config, options, { files: [], usual: auth.namespace, access: auth })),
      );
    return findings;
  } finally {
    await auth.close();
  }
}

/** Those of the configuration; where no cluster is named either, those that the running daemon follows. "" = none. */
async function manifestsOf({ source }: Config, { config, kubeconfig, context, host }: DoctorOptions): Promise<string> {
  if (source.type === 'manifests') return source.path;
  if (config !== undefined || kubeconfig !== undefined || context !== undefined) return '';
  const followed = await attemptAsync(() => askManifests(daemonHost(host, process.env)));
  return isFailure(followed) ? '' : followed;
}

function flagsOf({ config, kubeconfig, context, node }: DoctorOptions): Readonly<Record<string, string>> {
  return {
    ...(config !== undefined && { config }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(node !== undefined && { 'hostname-override': node }),
  };
}

async function loadAuth({ clientConnection }: Config): Promise<KubeAuth> {
  const { loadKubeAuth } = await import('../../source/kubernetes/auth.ts');
  return loadKubeAuth({ ...clientConnection, env: process.env });
}

async function examineMachine(config: Config, { host }: DoctorOptions): Promise<readonly Finding[]> {
  const at = daemonHost(host, process.env);
  const captures = config.mode === 'node' && config.host.capture !== 'none';
  const daemon = await attemptAsync(() => askStatus(at));
  const claims = await findClaims(captures, !isFailure(daemon));
  const ports = checkPorts(wantedPorts(config), readListeningSockets(), ({ inode }) => findSocketOwner(inode));
  return [...checkDaemon(at, daemon), checkClaims(claims), ...ports];
}

async function examineCluster(auth: KubeAuth, config: Config, options: DoctorOptions): Promise<readonly Finding[]> {
  const server = checkServer(await attemptAsync(() => askServer(auth)));
  if (server.some(({ state, check }) => state === 'fail' && check === 'server')) return server;
  const { namespaces } = config.scope;
  const forwarded = options.namespace ?? namespaces[0] ?? auth.namespace;
  const portForward = ['get', 'create'].map((verb) => {
    return { verb, resource: 'pods', subresource: 'portforward', namespace: forwarded };
  });
  const [rights, forward] = await Promise.all([
    attemptAsync(() => askRights(auth, neededRights(namespaces, config.nodeName))),
    attemptAsync(() => askRights(auth, portForward)),
  ]);
  return [...server, ...checkRights(rights), checkPortForward(forward)];
}

/** Where the Service is looked up. */
interface ServiceSource {
  /** Manifests; none = the cluster. */
  readonly files: readonly string[];
  /** The namespace that is meant where neither a person nor the daemon says another. */
  readonly usual: string;
  readonly access?: KubeAuth;
}

/** The one that was typed, else that of the daemon on this laptop, unless another cluster is named. */
async function namespaceOf(service: string, options: DoctorOptions, usual: string): Promise<string> {
  const { namespace, config, kubeconfig, context } = options;
  if (namespace !== undefined) return namespace;
  if (config !== undefined || kubeconfig !== undefined || context !== undefined) return usual;
  const host = daemonHost(options.host, process.env);
  const known = await attemptAsync(() => knownNamespace({ host, service, kind: 'services' }));
  return typeof known === 'string' ? known : usual;
}

async function examineService(
  { name, port }: Asked,
  config: Config,
  options: DoctorOptions,
  { files, usual, access }: ServiceSource,
): Promise<readonly Finding[]> {
  const { probe = false, host } = options;
  const asked: AskedService = { namespace: await namespaceOf(name, options, usual), service: name, port };
  const { buildOfflineTable } = await import('../offline-table.ts');
  const source = { files, ...config.clientConnection, nodeName: config.nodeName };
  const found = await attemptAsync(() =>
    buildOfflineTable({ ...source, namespace: asked.namespace, rejected: () => {} }),
  );
  if (isFailure(found))
    return [{ check: 'service', state: 'fail', message: found.message, next: found.hint, api: true }];
  const service = checkService(found.table, asked);
  if (service.state === 'fail') return [service];
  const ports = decidePorts(found.table, asked);
  const dns = { check: 'dns', state: 'skip', message: 'DNS: not run from a pod', next: dnsCommand(asked) } as const;
  // Where no daemon answers it was said before.
  const doings = await attemptAsync(() => askDoings(daemonHost(host, process.env), asked.namespace, asked.service));
  const done = isFailure(doings) ? [] : checkDoings(doings);
  const { transport } = config;
  const probes = probe ? checkProbes(await probePorts(ports, { transport, access }), asked) : [];
  return [service, ...checkPortEndpoints(ports, asked), ...done, dns, ...probes];
}

function dnsCommand({ namespace, service }: AskedService): string {
  return `kubectl exec POD -n ${namespace} -- nslookup ${service}.${namespace}.svc`;
}

function attempt<T>(action: () => T): T | Failure {
  try {
    return action();
  } catch (error) {
    return expected(error);
  }
}

async function attemptAsync<T>(action: () => Promise<T>): Promise<T | Failure> {
  try {
    return await action();
  } catch (error) {
    return expected(error);
  }
}

/** What is no error of ours is a bug, and shown as such. */
function expected(error: unknown): Failure {
  if (error instanceof SvclaneError) return failureOf(error);
  throw error;
}

function isFailure<T>(value: T | Failure): value is Failure {
  return typeof value === 'object' && value !== null && 'message' in value && 'hint' in value;
}
