/**
 * A real control plane in a namespace of its own: etcd and kube-apiserver.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { binary } from '../build/cache.ts';
import { runCommand } from '../build/run-command.ts';
import { type Agent, startAgent } from './agent-client.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { eventually } from './eventually.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { addLan, LAN, type Place, SERVICE_CIDRS } from './network.ts';
import { type RigProcess, startProcess } from './rig-process.ts';
import { openRun, type Run } from './run-folder.ts';

const ETCD = 'http://127.0.0.1:2379';
const SERVER = `https://${LAN.ipv4}:6443`;
const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** Users of the control plane: rights come from RBAC alone, but for `admin`. */
export type User = 'admin' | 'jane' | 'nobody' | 'stranger';

export interface ControlPlane {
  readonly run: Run;
  readonly lan: Place;
  /** In the control plane's namespace: also a client from outside of the cluster. */
  readonly agent: Agent;
  /** As administrator. */
  readonly api: ApiClient;
  /** Path of a kubeconfig. `jane` is named in config/rbac-namespaced.yaml, `nobody` has no rights, `stranger` a wrong token. */
  kubeconfig(user: User): string;
  /** Path of a kubeconfig for the ServiceAccount of config/rbac.yaml, which is applied first: it has those rights only. */
  daemonKubeconfig(): Promise<string>;
  /** Applies every object of a YAML file, given relative to the project. */
  applyFile(path: string): Promise<void>;
  /** At once, as in a crash. */
  killApiServer(): Promise<void>;
  /** Resolves when it is ready. */
  startApiServer(): Promise<void>;
  /** Forgets every revision of etcd but the newest, so that a watch from an older one is told 410. */
  compact(): Promise<void>;
  /** Ends all and removes all. */
  stop(): Promise<void>;
}

/** Starts a control plane; resolves when the API server is ready. */
export async function startControlPlane(apiServerFlags: readonly string[] = []): Promise<ControlPlane> {
  const run = openRun();
  try {
    return await start(run, apiServerFlags);
  } catch (error) {
    run.remove();
    throw error;
  }
}

async function start(run: Run, apiServerFlags: readonly string[]): Promise<ControlPlane> {
  const lan = addLan(run);
  const tokens = writeSecrets(run);
  startEtcd(run, lan);
  const agent = await startAgent(run, lan.netns);
  let apiServer: RigProcess | undefined;
  const startApiServer = async (): Promise<void> => {
    const server = startProcess(run, {
      name: 'kube-apiserver',
      netns: lan.netns,
      command: apiServerCommand(run, apiServerFlags),
    });
    apiServer = server;
    await eventually('the API server is ready', () => isReady(run, agent, server), {
      timeoutMs: 120_000,
      everyMs: 100,
    });
  };
  await startApiServer();
  const caFile = run.path('certs', 'apiserver.crt');
  const api = createApiClient(agent, { server: SERVER, token: tokens.admin, ca: readFileSync(caFile, 'utf8') });
  const kubeconfigOf = (name: string, token: string): string =>
    writeKubeconfig(run.path(`${name}.kubeconfig`), { server: SERVER, caFile, token });
  const applyFile = async (path: string): Promise<void> => {
    for (const document of parseAllDocuments(readFileSync(join(PROJECT, path), 'utf8')))
      await api.apply(document.toJS());
  };
  return {
    run,
    lan,
    agent,
    api,
    applyFile,
    startApiServer,
    kubeconfig: (user) => kubeconfigOf(user, tokens[user]),
    async daemonKubeconfig() {
      await applyFile('config/rbac.yaml');
      return kubeconfigOf('svclane', await requestToken(api));
    },
    async killApiServer() {
      apiServer?.kill('SIGKILL');
      await apiServer?.exited;
    },
    compact: () => compact(agent),
    async stop() {
      run.remove();
    },
  };
}

/** Tokens by user; only what is in the server's token file is accepted. */
function writeSecrets(run: Run): Readonly<Record<User, string>> {
  const token = (): string => randomBytes(16).toString('hex');
  const tokens = { admin: token(), jane: token(), nobody: token(), stranger: token() };
  const rows = [
    `${tokens.admin},admin,admin,system:masters`,
    `${tokens.jane},jane,jane`,
    `${tokens.nobody},nobody,nobody`,
  ];
  writeFileSync(run.path('tokens.csv'), `${rows.join('\n')}\n`, { mode: 0o600 });
  runCommand('openssl', ['genrsa', '-out', run.path('service-account.key'), '2048']);
  return tokens;
}

function startEtcd(run: Run, lan: Place): void {
  const peers = 'http://127.0.0.1:2380';
  const listen = ['--listen-client-urls', ETCD, '--advertise-client-urls', ETCD, '--listen-peer-urls', peers];
  const options = ['--data-dir', run.path('etcd'), '--unsafe-no-fsync', '--logger=zap', '--log-level=warn'];
  startProcess(run, { name: 'etcd', netns: lan.netns, command: [binary('etcd'), ...options, ...listen] });
}

function apiServerCommand(run: Run, flags: readonly string[]): readonly string[] {
  const key = run.path('service-account.key');
  return [
    binary('kube-apiserver'),
    `--etcd-servers=${ETCD}`,
    '--bind-address=0.0.0.0',
    `--advertise-address=${LAN.ipv4}`,
    '--secure-port=6443',
    `--cert-dir=${run.path('certs')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--service-cluster-ip-range=${SERVICE_CIDRS.join(',')}`,
    `--token-auth-file=${run.path('tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
    ...flags,
  ];
}

async function isReady(run: Run, agent: Agent, server: RigProcess): Promise<boolean> {
  if (server.child.exitCode !== null) throw new Error(`kube-apiserver ended:\n${server.output().slice(-2000)}`);
  const ca = readFileSync(run.path('certs', 'apiserver.crt'), 'utf8');
  return (await agent.request({ url: `${SERVER}/readyz`, ca, timeoutMs: 2000 })).status === 200;
}

async function requestToken(api: ApiClient): Promise<string> {
  const path = '/api/v1/namespaces/kube-system/serviceaccounts/svclane/token';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
  const { status, body: answer } = await api.request('POST', path, body);
  const token: unknown = status === 201 ? JSON.parse(answer).status.token : undefined;
  if (typeof token !== 'string') throw new Error(`no token for the ServiceAccount svclane: ${status} ${answer}`);
  return token;
}

async function compact(agent: Agent): Promise<void> {
  const post = (path: string, body: unknown) =>
    agent.request({ url: `${ETCD}/v3/kv/${path}`, method: 'POST', body: JSON.stringify(body) });
  const { body } = await post('range', { key: Buffer.from('/').toString('base64') });
  const revision: string = JSON.parse(body).header.revision;
  const { status, body: answer } = await post('compaction', { revision, physical: true });
  if (status !== 200) throw new Error(`etcd: ${status} ${answer}`);
}
