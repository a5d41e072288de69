/**
 * Access to a cluster that outlives its kubeconfig: the context that a forward started with stays, whatever is made the
 * current one, and its credentials are read again when the file changes.
 */

import { unwatchFile, watchFile } from 'node:fs';
import { deepEqual } from '../../lib/deep-equal.ts';
import type { ApiConnection } from '../../model/api-access.ts';
import { type KubeAuth, type KubeResponse, loadKubeAuth } from '../../source/kubernetes/auth.ts';
import { loadKubeTarget } from '../../source/kubernetes/kubeconfig.ts';
import { readKubeconfig } from '../../source/kubernetes/kubeconfig-files.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What is followed. `tell` hears in one line what a change means. */
export interface FollowingAuthOptions {
  readonly kubeconfig: string;
  readonly context: string;
  readonly env: Env;
  readonly tell: (line: string) => void;
  /** Between two looks at the files. */
  readonly everyMs?: number;
}

const EVERY_MS = 2000;

/** Loads the kubeconfig, and follows it until `close`. Throws `SVL_KUBECONFIG`. */
export async function loadFollowingAuth(options: FollowingAuthOptions): Promise<KubeAuth> {
  const { kubeconfig, context, env } = options;
  return new FollowingAuth(options, await loadKubeAuth({ kubeconfig, context, env }));
}

class FollowingAuth implements KubeAuth {
  readonly #options: FollowingAuthOptions;
  readonly #files: readonly string[];
  #inner: KubeAuth;
  #target: unknown;
  #current: string;
  #trouble = '';

  constructor(options: FollowingAuthOptions, inner: KubeAuth) {
    this.#options = options;
    this.#inner = inner;
    const { kubeconfig, env } = options;
    const content = readKubeconfig(kubeconfig, env);
    this.#current = content?.currentContext ?? '';
    this.#files = content?.files ?? [];
    this.#target = content && loadKubeTarget({ kubeconfig, context: inner.context, env });
    const interval = options.everyMs ?? EVERY_MS;
    for (const file of this.#files) watchFile(file, { interval, persistent: false }, this.#changed);
  }

  get description(): string {
    return this.#inner.description;
  }

  get server(): string {
    return this.#inner.server;
  }

  get context(): string {
    return this.#inner.context;
  }

  get namespace(): string {
    return this.#inner.namespace;
  }

  request(...args: Parameters<KubeAuth['request']>): Promise<KubeResponse> {
    return this.#inner.request(...args);
  }

  connect(path: string): Promise<ApiConnection> {
    return this.#inner.connect(path);
  }

  invalidate(): void {
    this.#inner.invalidate();
  }

  close(): Promise<void> {
    for (const file of this.#files) unwatchFile(file, this.#changed);
    return this.#inner.close();
  }

  readonly #changed = (): void => {
    this.#follow().then(
      () => {
        this.#trouble = '';
      },
      (error: unknown) => this.#failed(error instanceof Error ? error.message : String(error)),
    );
  };

  async #follow(): Promise<void> {
    const { kubeconfig, env, tell } = this.#options;
    const { context } = this.#inner;
    const target = loadKubeTarget({ kubeconfig, context, env });
    const current = readKubeconfig(kubeconfig, env)?.currentContext ?? '';
    if (current !== this.#current && current !== context) {
      tell(`the current context of the kubeconfig is ${current || 'none'}: this forward stays with ${context}`);
    }
    this.#current = current;
    if (deepEqual(target, this.#target)) return;
    const next = await loadKubeAuth({ kubeconfig, context, env });
    const before = this.#inner;
    this.#inner = next;
    this.#target = target;
    tell(`the kubeconfig has changed: the credentials of ${context} were read again`);
    // Its watches begin anew on the other one.
    await before.close();
  }

  #failed(message: string): void {
    if (message !== this.#trouble) this.#options.tell(`${message}: going on with what was read before`);
    this.#trouble = message;
  }
}
