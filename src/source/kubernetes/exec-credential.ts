/**
 * Credentials from a kubeconfig's exec plugin.
 *
 * Run here and not by client-node, which starts one process for each caller that comes while the first one runs, and
 * does not tell the plugin what is asked of it.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errnoOf, SvclaneError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { fieldOf, itemsOf, type JsonObject, textOf } from './json-value.ts';

/** `users[].user.exec` of a kubeconfig, its command resolved. `clusterInfo` only where `provideClusterInfo` is true. */
export interface ExecPlugin {
  readonly command: string;
  readonly config: JsonObject;
  readonly clusterInfo: JsonObject | undefined;
}

/** What a plugin answered. "" = not given. */
export interface ExecCredential {
  readonly token: string;
  readonly certificate: string;
  readonly key: string;
  /** ms since the epoch; Infinity = does not expire. */
  readonly expiresAtMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PLUGIN_TIMEOUT_MS = 60_000;
const API_VERSION = /^client\.authentication\.k8s\.io\/v1(beta1|alpha1)?$/;

/** Runs the plugin, keeps its answer until that expires or is forgotten. Callers that come meanwhile share one run. */
export class ExecCredentialSource {
  readonly #plugin: ExecPlugin;
  readonly #env: Environment;
  readonly #clock: Clock;
  #current: ExecCredential | undefined;
  #running: Promise<ExecCredential> | undefined;

  constructor(plugin: ExecPlugin, env: Environment, clock: Clock) {
    this.#plugin = plugin;
    this.#env = env;
    this.#clock = clock;
  }

  /** Throws `SVL_KUBECONFIG` when the plugin fails, answers nonsense, or takes longer than a minute. */
  async get(): Promise<ExecCredential> {
    if (this.#current && this.#current.expiresAtMs > this.#clock.now()) return this.#current;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The next `get` runs the plugin again. */
  forget(): void {
    this.#current = undefined;
  }

  async #run(): Promise<ExecCredential> {
    const output = await runPlugin(this.#plugin, pluginEnvironment(this.#plugin, this.#env), this.#clock);
    this.#current = parseCredential(this.#plugin, output);
    return this.#current;
  }
}

/** Source: client-go credential plugins, `KUBERNETES_EXEC_INFO`. */
function pluginEnvironment(plugin: ExecPlugin, env: Environment): NodeJS.ProcessEnv {
  const spec = { interactive: false, ...(plugin.clusterInfo ? { cluster: plugin.clusterInfo } : {}) };
  const info = { apiVersion: plugin.config.apiVersion, kind: 'ExecCredential', spec };
  const own = itemsOf(plugin.config.env).map((entry) => [
    textOf(fieldOf(entry, 'name')),
    textOf(fieldOf(entry, 'value')),
  ]);
  return { ...env, ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function runPlugin(plugin: ExecPlugin, env: NodeJS.ProcessEnv, clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = itemsOf(plugin.config.args).map(String);
    const child = spawn(plugin.command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = clock.setTimer(() => {
      abandon(child);
      reject(pluginError(plugin, `did not answer within ${PLUGIN_TIMEOUT_MS / 1000} s`));
    }, PLUGIN_TIMEOUT_MS);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (cause) => {
      timer.cancel();
      reject(pluginError(plugin, `cannot be started (${errnoOf(cause) ?? cause.message})`, cause));
    });
    child.on('close', (code, signal) => {
      timer.cancel();
      if (code === 0) resolve(stdout());
      else reject(pluginError(plugin, `ended with ${signal ?? `code ${code}`}: ${stderr().trim().slice(-500)}`));
    });
  });
}

/** Ends a plugin; its pipes too, as a child of its own may hold them open. */
function abandon(child: ChildProcessByStdio<null, Readable, Readable>): void {
  child.kill('SIGKILL');
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function parseCredential(plugin: ExecPlugin, output: string): ExecCredential {
  const answer = parseJson(plugin, output);
  if (!API_VERSION.test(textOf(fieldOf(answer, 'apiVersion')))) throw pluginError(plugin, 'answered no ExecCredential');
  const status = fieldOf(answer, 'status');
  const expiry = Date.parse(textOf(fieldOf(status, 'expirationTimestamp')));
  const credential = {
    token: textOf(fieldOf(status, 'token')).trim(),
    certificate: textOf(fieldOf(status, 'clientCertificateData')),
    key: textOf(fieldOf(status, 'clientKeyData')),
    expiresAtMs: Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry,
  };
  if (credential.token === '' && (credential.certificate === '' || credential.key === '')) {
    throw pluginError(plugin, 'answered neither a token nor a certificate with its key');
  }
  return credential;
}

function parseJson(plugin: ExecPlugin, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (cause) {
    throw pluginError(plugin, 'answered something that is not JSON', cause);
  }
}

function pluginError(plugin: ExecPlugin, problem: string, cause?: unknown): SvclaneError {
  const installHint = textOf(plugin.config.installHint).trim();
  const hint = installHint === '' ? `run it by hand to see why: ${plugin.command}` : installHint;
  return new SvclaneError('SVL_KUBECONFIG', `the exec plugin ${plugin.command} ${problem}`, { hint, cause });
}
