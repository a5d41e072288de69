/**
 * undici, as much of it as most clients of an API server need: loading the rest (fetch, caches, mocks) would take longer
 * than the first request does. Proxies are made by the whole of it.
 */

import { createRequire } from 'node:module';
import api from 'undici/lib/api/index.js';
import UndiciAgent from 'undici/lib/dispatcher/agent.js';
import dispatcher from 'undici/lib/dispatcher/dispatcher.js';

type Undici = typeof import('undici');

/** As undici itself makes its dispatchers complete. */
Object.assign(dispatcher.prototype, api);

export const Agent: Undici['Agent'] = UndiciAgent;

/** All of undici, loaded on the first call. */
export function undici(): Undici {
  return createRequire(import.meta.url)('undici');
}
