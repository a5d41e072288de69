/**
 * Where the page is: what is open, and how it is looked at. The URL's fragment has all of it, so that a link leads there.
 */

import { createSignal } from './signal.js';

/**
 * @typedef {object} Place
 * @property {string} svc `namespace/name` of the open Service; "" = none
 * @property {string} port name or number, with `/udp` where it takes that; "" = the first
 * @property {string} from address of the client; "" = any pod
 * @property {string} node "" = that of the daemon
 * @property {string} at the revision that is looked at; "" = live
 * @property {string} q the filter
 */

const NAMES = /** @type {const} */ (['svc', 'port', 'from', 'node', 'at', 'q']);

/** Told of every change of place, by whatever way. @type {import('./signal.js').Signal<Place>} */
export const placeChanged = createSignal();

let current = readPlace();

/** @returns {Place} */
export function place() {
  return current;
}

/**
 * Goes elsewhere; what is not named stays. Another Service is a step of the browser's history, the rest is not.
 * @param {Partial<Place>} change
 */
export function go(change) {
  const isOther = change.svc !== undefined && change.svc !== current.svc;
  current = { ...current, ...(isOther && { port: '', from: '', node: '' }), ...change };
  const wanted = NAMES.filter((name) => current[name] !== '').map((name) => [name, current[name]]);
  const fragment = new URLSearchParams(wanted).toString().replaceAll('%2F', '/');
  const url = fragment === '' ? location.pathname : `#${fragment}`;
  if (isOther) history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  placeChanged.emit(current);
}

/** Follows links and the browser's own buttons. */
export function followAddress() {
  addEventListener('popstate', () => {
    current = readPlace();
    placeChanged.emit(current);
  });
}

/** @returns {Place} */
function readPlace() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const [svc = '', port = '', from = '', node = '', at = '', q = ''] = NAMES.map((name) => fragment.get(name) ?? '');
  return { svc, port, from, node, at, q };
}

/** @param {Place} place */
export function serviceOf({ svc }) {
  const slash = svc.indexOf('/');
  return { namespace: svc.slice(0, Math.max(0, slash)), service: svc.slice(slash + 1) };
}
