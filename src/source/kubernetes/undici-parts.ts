/**
 * undici, as much of it as most clients of an API server need: loading the rest (fetch, caches, mocks) would take longer
 * than the first request does. Proxies are made by the whole of it.
 */

import { createRequire } from 'node:module';

type Undici = typeof import('undici');

const require = createRequire(import.meta.url);

/** As undici itself makes its dispatchers complete. */
const dispatcher: Undici['Dispatcher'] = require('undici/lib/dispatcher/dispatcher.js');
Object.assign(dispatcher.prototype, require('undici/lib/api/index.js'));

export const Agent: Undici['Agent'] = require('undici/lib/dispatcher/agent.js');

/** All of undici, loaded on the first call. */
export function undici(): Undici {
  return require('undici');
}
