/**
 * Names of helpers' sockets among those that pass from process to process: the helper's own name for it, and whose it is.
 *
 *   TCP 10.0.0.1:80              main's
 *   TCP 10.0.0.1:80 worker 1     the first helper's
 *   TCP 10.0.0.1:80 +1 worker 1  the first helper's first extra one
 *
 * Part of the hand-over's protocol.
 */

/** The name in the exchange of a helper's socket. */
export function lentName(name: string, worker: number): string {
  return `${name} worker ${worker}`;
}

/** What a name says; `undefined` = it is not a helper's. `first` is the helper's own name of the first socket there. */
export function parseLentName(lent: string): { readonly first: string; readonly worker: number } | undefined {
  const [, first, worker] = /^(.*?)(?: \+\d+)? worker (\d+)$/.exec(lent) ?? [];
  return first === undefined ? undefined : { first, worker: Number(worker) };
}
