/**
 * Credentials of a kubeconfig user, read anew each time: headers and TLS options.
 *
 * Only an `auth-provider` other than `tokenFile` needs client-node, which costs some 90 MB and 300 ms to load: hence the
 * dynamic import, here and nowhere else.
 */

import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type TlsOptions, tlsOf } from './connections.ts';
import type { ExecCredentialSource } from './exec-credential.ts';
import { fieldOf, textOf } from './json-value.ts';
import type { KubeTarget } from './kubeconfig.ts';

export type CredentialHeaders = Record<string, string | string[]>;

/** What shows who we are, and tells that the server is the right one. */
export interface Credentials {
  readonly headers: CredentialHeaders;
  readonly tls: TlsOptions;
}

/** Reads the credentials of one target. Only what client-node and the plugin have found out is kept between reads. */
export class CredentialReader {
  readonly #target: KubeTarget;
  readonly #plugin: ExecCredentialSource | undefined;
  #config: KubeConfig | undefined;

  constructor(target: KubeTarget, plugin: ExecCredentialSource | undefined) {
    this.#target = target;
    this.#plugin = plugin;
  }

  /** Throws what reading files throws, what an auth-provider throws, and `SVL_KUBECONFIG` for a plugin that fails. */
  async read(): Promise<Credentials> {
    const { user } = this.#target;
    const tls = await this.#tls();
    const tokenFile = textOf(fieldOf(fieldOf(user.authProvider, 'config'), 'tokenFile'));
    const own = await this.#ownHeaders(tokenFile);
    if (user.authProvider && tokenFile === '') {
      const provided = await this.#provided();
      return { headers: { ...own, ...provided.headers }, tls: { ...tls, ...provided.tls } };
    }
    return { headers: own, tls };
  }

  /** Drops what is kept. */
  forget(): void {
    this.#plugin?.forget();
    this.#config = undefined;
  }

  async #tls(): Promise<TlsOptions> {
    const { cluster, user } = this.#target;
    const exec = await this.#plugin?.get();
    const hasExec = exec !== undefined && exec.certificate !== '';
    return tlsOf({
      ca: await pem(cluster.caFile, cluster.caData),
      cert: hasExec ? exec.certificate : await pem(user.certFile, user.certData),
      key: hasExec ? exec.key : await pem(user.keyFile, user.keyData),
      servername: cluster.tlsServerName,
      rejectUnauthorized: cluster.skipTLSVerify ? false : undefined,
    });
  }

  /** Trimmed: a token read from a file ends with a newline, which no header may hold. */
  async #ownHeaders(tokenFile: string): Promise<CredentialHeaders> {
    const { user, impersonation } = this.#target;
    const headers: CredentialHeaders = {};
    const exec = await this.#plugin?.get();
    const fileToken = tokenFile === '' ? '' : await readFile(tokenFile, 'utf8');
    const token = (exec?.token || fileToken || user.token || '').trim();
    if (user.username !== undefined) headers.authorization = basic(user.username, user.password ?? '');
    if (token !== '') headers.authorization = `Bearer ${token}`;
    if (user.impersonateUser !== undefined) headers['impersonate-user'] = user.impersonateUser;
    for (const [name, values] of Object.entries(impersonation)) headers[name] = [...values];
    return headers;
  }

  async #provided(): Promise<Credentials> {
    const { KubeConfig } = await import('@kubernetes/client-node');
    this.#config ??= new KubeConfig();
    this.#config.loadFromClusterAndUser(this.#target.cluster, this.#target.user);
    const options: RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    const headers: CredentialHeaders = {};
    for (const [name, value] of Object.entries(Array.isArray(options.headers) ? {} : (options.headers ?? {}))) {
      if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
    }
    return { headers, tls: tlsOf(options) };
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function pem(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (file !== undefined) return readFile(file);
  return data === undefined ? undefined : Buffer.from(data, 'base64');
}
