/**
 * A question whose answer may come too late.
 */

import { ApiProblem, getJson } from './api.js';
import { reasonOf } from './changes.js';

/**
 * Asks, and shows the answer unless something else was asked meanwhile. Resolves with whether it was shown.
 * @template T
 * @param {string} path
 * @param {Readonly<Record<string, string | number | undefined>>} query
 * @param {AbortSignal} signal
 * @param {(answer: T) => void} shown
 * @param {(detail: string, hint: string) => void} [failed] where the daemon says no; otherwise the header tells
 */
export async function ask(path, query, signal, shown, failed) {
  try {
    const answer = await getJson(path, query, signal);
    if (signal.aborted) return false;
    shown(/** @type {T} */ (answer));
    return true;
  } catch (error) {
    if (!signal.aborted && error instanceof ApiProblem) failed?.(reasonOf(error), '');
    return false;
  }
}
