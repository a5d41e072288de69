/**
 * Access to a cluster that outlives its kubeconfig: the context that a forward started with stays, whatever is made the
 * current one, and its credentials are read again when the file changes.
 */

import { unwatchFile, watchFile } from 'node:fs';
import { deepEqual } from '../../lib/deep-equal.ts';
import type { ApiConnection } from '../../model/api-access.ts';
import { createKubeAuth, type KubeAuth, type KubeResponse } from '../../source/kubernetes/auth.ts';
import { type FoundKubeTarget, findKubeTarget, type KubeTarget } from '../../source/kubernetes/kubeconfig.ts';

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
export function loadFollowingAuth(options: FollowingAuthOptions): KubeAuth {
  return new FollowingAuth(options, findKubeTarget(options));
}

class FollowingAuth implements KubeAuth {
  readonly #options: FollowingAuthOptions;
  readonly #files: readonly string[];
  #inner: KubeAuth;
  #target: KubeTarget;
  #current: string;
  #trouble = '';

  constructor(options: FollowingAuthOptions, { target, kubeconfig }: FoundKubeTarget) {
    this.#options = options;
    this.#inner = createKubeAuth(target, options);
    this.#target = target;
    this.#current = kubeconfig?.currentContext ?? '';
    this.#files = kubeconfig?.files ?? [];
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
    const { target, kubeconfig: content } = findKubeTarget({ kubeconfig, context, env });
    const current = content?.currentContext ?? '';
    if (current !== this.#current && current !== context) {
      tell(`the current context of the kubeconfig is ${current || 'none'}: this forward stays with ${context}`);
    }
    this.#current = current;
    if (deepEqual(target, this.#target)) return;
    const before = this.#inner;
    this.#inner = createKubeAuth(target, this.#options);
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
