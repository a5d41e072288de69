/**
 * The Services that the daemon knows, and which of them are wanted: the data behind the list.
 *
 * They come in parts, so that the first are shown at once. After a change only the Services that changed are asked for.
 */

/** @import { ServiceRow } from '../service-rows.ts' */
/** @import { HistoryList } from '../history-rows.ts' */
/** @import { RateList, Rates } from '../rates-route.ts' */

import { getJson } from './api.js';
import { createSignal } from './signal.js';

/** @typedef {'ok' | 'part' | 'none' | 'conflict' | 'unrouted'} ServiceState */

/**
 * @typedef {object} Entry
 * @property {string} key `namespace/name`
 * @property {ServiceRow} row
 * @property {ServiceState} state
 * @property {string} text what the filter looks at
 */

const FIRST_PART = 200;
/** Small enough that the daemon, which forwards meanwhile, is not kept from it for long. */
const NEXT_PART = 1_000;
/** So many Services that changed are asked for one by one; of more the whole list. */
const MAX_SINGLE = 12;
const RATES_STEP_SECONDS = 60;

/** @type {Readonly<Record<ServiceState, {readonly glyph: string, readonly label: string}>>} */
export const SERVICE_STATES = {
  ok: { glyph: '●', label: 'all endpoints ready' },
  part: { glyph: '◐', label: 'part of the endpoints ready' },
  none: { glyph: '✕', label: 'no endpoint' },
  conflict: { glyph: '▲', label: 'address conflict' },
  unrouted: { glyph: '–', label: 'not routed' },
};

/** @type {readonly Entry[]} */
let entries = [];
/** @type {ReadonlyMap<string, Rates>} */
let rates = new Map();
let generation = 0;
let isLoading = false;
let isAgain = false;
let isWhole = false;

/** @type {import('./signal.js').Signal<undefined>} */
export const servicesChanged = createSignal();
/** @type {import('./signal.js').Signal<undefined>} */
export const ratesChanged = createSignal();

/** All of them, by namespace and name. */
export function allServices() {
  return entries;
}

/** Whether the whole list is there. */
export function servicesAreWhole() {
  return isWhole;
}

/** By the minute; `undefined` = no traffic lately. @param {string} key */
export function ratesOf(key) {
  return rates.get(key);
}

/** @param {string} key */
export function entryOf(key) {
  return entries.find((entry) => entry.key === key);
}

/** The entries that have all the words of a filter. @param {string} filter @param {{onlyProblems: boolean}} options */
export function matching(filter, { onlyProblems }) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && !onlyProblems) return entries;
  return entries.filter(({ text, state }) => {
    return (!onlyProblems || isProblem(state)) && words.every((word) => text.includes(word));
  });
}

/** @param {ServiceState} state */
export function isProblem(state) {
  return state === 'none' || state === 'part' || state === 'conflict';
}

/** Loads all of them anew. Calls that come meanwhile are one more run. Throws where the daemon cannot be asked. */
export async function loadServices() {
  if (isLoading) {
    isAgain = true;
    return;
  }
  isLoading = true;
  try {
    do {
      isAgain = false;
      await loadParts();
    } while (isAgain);
  } finally {
    isLoading = false;
  }
}

/** Asks for what changed since the last time. Throws where the daemon cannot be asked. */
export async function followChanges() {
  if (isLoading || generation === 0) return loadServices();
  const limit = 200;
  /** @type {HistoryList} */
  const history = await getJson('/v1/history', { limit });
  const fresh = history.items.filter((item) => item.generation > generation);
  const isTorn = history.generation < generation || history.oldest > generation + 1 || fresh.length === limit;
  const keys = new Set(fresh.map(({ namespace, service }) => `${namespace}/${service}`));
  if (isTorn || keys.size > MAX_SINGLE) return loadServices();
  const found = await Promise.all([...keys].map(askOne));
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  for (const key of keys) byKey.delete(key);
  for (const row of found.flat()) byKey.set(keyOf(row), entryFrom(row));
  generation = history.generation;
  entries = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  servicesChanged.emit(undefined);
}

/** Asks for the rates of all Services. Throws where the daemon cannot be asked. */
export async function loadRates() {
  /** @type {RateList} */
  const list = await getJson('/v1/rates', { step: RATES_STEP_SECONDS });
  rates = new Map(list.items.map((item) => [`${item.namespace}/${item.service}`, item]));
  ratesChanged.emit(undefined);
}

/**
 * Loads all of it. The revision is asked for before, so that a change which comes meanwhile is followed later. The first
 * time the first rows are shown without waiting for that.
 */
async function loadParts() {
  const first = isWhole ? undefined : loadPart(FIRST_PART, '').then(({ loaded }) => show(loaded));
  /** @type {[{generation: number}, void]} */
  const [before] = await Promise.all([getJson('/v1/history', { limit: 1 }), first]);
  /** @type {Entry[]} */
  const all = [];
  let token = '';
  do {
    const { loaded, next } = await loadPart(NEXT_PART, token);
    all.push(...loaded);
    token = next;
    if (!isWhole) show(all);
  } while (token !== '');
  isWhole = true;
  generation = before.generation;
  show(all);
}

/** @param {number} limit @param {string} token of the part before; "" = from the beginning */
async function loadPart(limit, token) {
  /** @type {{items: ServiceRow[], continue?: string}} */
  const part = await getJson('/v1/services', { limit, continue: token });
  return { loaded: part.items.map(entryFrom), next: part.continue ?? '' };
}

/** @param {readonly Entry[]} loaded */
function show(loaded) {
  entries = [...loaded];
  servicesChanged.emit(undefined);
}

/** @param {string} key */
async function askOne(key) {
  const [namespace = '', service = ''] = key.split('/');
  /** @type {{items: ServiceRow[]}} */
  const { items } = await getJson('/v1/services', { namespace, service });
  return items;
}

/** @param {ServiceRow} row @returns {Entry} */
function entryFrom(row) {
  const state = stateOf(row);
  const { type, unrouted, clusterIPs, externalIPs, ports } = row;
  const words = [
    keyOf(row),
    type,
    unrouted,
    state,
    SERVICE_STATES[state].label,
    ...clusterIPs,
    ...externalIPs,
    ...ports,
  ];
  return { key: keyOf(row), row, state, text: words.join(' ').toLowerCase() };
}

/** @param {ServiceRow} row */
function keyOf({ namespace, name }) {
  return `${namespace}/${name}`;
}

/** @param {ServiceRow} row @returns {ServiceState} */
function stateOf({ unrouted, routable, total, conflicts }) {
  if (unrouted !== '') return 'unrouted';
  if (conflicts > 0) return 'conflict';
  if (routable === 0) return 'none';
  return routable < total ? 'part' : 'ok';
}
