/**
 * The endpoints of the open Service: one card each, with what is known of it, and the two things one may do to it.
 */

/** @import { EndpointRow } from '../endpoint-rows.ts' */
/** @import { RouteRow } from '../route-rows.ts' */
/** @import { listEjections } from '../ejection-rows.ts' */

import { hasToken } from './api.js';
import { h, keyed, setText } from './dom.js';
import { commandLine, formatAge, plural } from './format.js';
import { createPanel } from './panel.js';
import { place, serviceOf } from './place.js';

/** More cards than this are made only when asked for. */
const MAX_CARDS = 60;

/** @typedef {Awaited<ReturnType<typeof listEjections>>['items'][number]} EjectionRow */

/**
 * @typedef {object} Card
 * @property {string} key
 * @property {string} id what the API calls it; "" = of the past
 * @property {string} portName
 * @property {string} endpoint
 * @property {string} pod
 * @property {string} node
 * @property {string} zone
 * @property {string} slice
 * @property {boolean} local
 * @property {number | undefined} connections `undefined` = of the past, not known
 * @property {CardState} state
 * @property {EjectionRow | undefined} ejection
 * @property {string} lastError
 */

/** @typedef {{readonly kind: 'ok' | 'warn' | 'bad' | 'off', readonly glyph: string, readonly label: string}} CardState */

/**
 * @param {{onDrain: (id: string, isDrain: boolean) => void}} options
 */
export function createEndpointPanel({ onDrain }) {
  /** @type {unknown} */
  let told = null;
  /** @type {readonly Card[]} */
  let cards = [];
  let isAll = false;
  /** When the ejections were told, by the browser's clock: their countdown goes on from there. */
  let toldAtMs = 0;
  const panel = createPanel('endpoints', 'Endpoints', { cli: endpointsCommand, json: () => told });
  const grid = h('ul', { class: 'cards' });
  const empty = h('p', { class: 'empty', hidden: true }, 'There is no endpoint: no slice names one for this Service.');
  const more = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: showAll });
  panel.body.append(empty, grid, more);
  return { element: panel.element, showNow, showPast, tick: draw };

  /**
   * @param {readonly EndpointRow[]} rows
   * @param {readonly EjectionRow[]} ejections
   * @param {ReadonlyMap<string, string>} errors the last error of each endpoint
   */
  function showNow(rows, ejections, errors) {
    told = { endpoints: rows, ejections };
    toldAtMs = Date.now();
    cards = rows.map((row) => {
      const ejection = ejections.find((one) => one.endpoint === row.endpoint && one.portName === row.portName);
      const key = `${row.portName}/${row.protocol} ${row.endpoint}`;
      return { ...row, key, state: stateOf(row, ejection), ejection, lastError: errors.get(row.endpoint) ?? '' };
    });
    draw();
  }

  /** @param {readonly RouteRow[]} routes the endpoints of a revision are told by its routes */
  function showPast(routes) {
    told = routes;
    /** @type {Map<string, Card>} */
    const found = new Map();
    for (const { portName, protocol, endpoints } of routes) {
      for (const one of endpoints) {
        const endpoint = one.address.includes(':') ? `[${one.address}]:${one.port}` : `${one.address}:${one.port}`;
        const key = `${portName}/${protocol} ${endpoint}`;
        const rest = { id: '', slice: '', connections: undefined, ejection: undefined, lastError: '' };
        found.set(key, { ...one, key, portName, endpoint, state: stateOf(one, undefined), ...rest });
      }
    }
    cards = [...found.values()];
    draw();
  }

  function showAll() {
    isAll = true;
    draw();
  }

  function draw() {
    const shown = isAll ? cards : cards.slice(0, MAX_CARDS);
    keyed(grid, shown, { keyOf: ({ key }) => key, create: () => createCard(onDrain), update: updateCard });
    empty.hidden = cards.length > 0;
    more.hidden = shown.length === cards.length;
    setText(more, `Show all ${cards.length}`);
    panel.note(summaryOf(cards));
  }

  /** @param {HTMLElement} element @param {Card} card */
  function updateCard(element, card) {
    fillCard(element, card, (Date.now() - toldAtMs) / 1_000);
  }
}

function endpointsCommand() {
  const { namespace, service } = serviceOf(place());
  const { at } = place();
  if (at !== '') return commandLine('get', 'routes', `svc/${service}`, '-n', namespace, '--at', at, '-o', 'wide');
  return commandLine('get', 'endpoints', `svc/${service}`, '-n', namespace, '-o', 'wide');
}

/** @param {readonly Card[]} cards */
function summaryOf(cards) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { state } of cards) counts.set(state.label, (counts.get(state.label) ?? 0) + 1);
  return [...counts].map(([label, count]) => `${count} ${label}`).join(', ') || 'none';
}

/** @param {{ready: boolean, serving: boolean, terminating: boolean, eligible?: boolean}} row @param {EjectionRow | undefined} ejection @returns {CardState} */
function stateOf({ ready, serving, terminating, eligible = true }, ejection) {
  if (ejection?.code === 'EP_EJECTED') return { kind: 'bad', glyph: '▲', label: 'ejected' };
  if (ejection?.code === 'EP_QUARANTINED') return { kind: 'off', glyph: '⏸', label: 'drained' };
  if (terminating) {
    return serving
      ? { kind: 'warn', glyph: '◐', label: 'terminating, serves' }
      : { kind: 'off', glyph: '✕', label: 'terminating' };
  }
  if (!ready) return { kind: 'bad', glyph: '✕', label: 'not ready' };
  if (!eligible) return { kind: 'off', glyph: '○', label: 'ready, not eligible here' };
  return ejection ? { kind: 'warn', glyph: '▲', label: 'suspect, used' } : { kind: 'ok', glyph: '●', label: 'ready' };
}

/** @param {(id: string, isDrain: boolean) => void} onDrain */
function createCard(onDrain) {
  const act = () => onDrain(element.dataset.id ?? '', button.dataset.act === 'drain');
  const button = h('button', { type: 'button', class: 'quiet card-act', hidden: true, onclick: act });
  const element = h(
    'li',
    { class: 'card' },
    h('div', { class: 'card-head' }, h('span', { class: 'card-state' }), h('code', { class: 'card-address' })),
    h('p', { class: 'card-pod' }),
    h('dl', { class: 'card-facts' }),
    h(
      'div',
      { class: 'card-ejection', hidden: true },
      h('p'),
      h('span', { class: 'meter' }, h('span', { class: 'meter-fill' })),
    ),
    button,
  );
  return element;
}

/** @param {HTMLElement} element @param {Card} card @param {number} sinceSeconds */
function fillCard(element, card, sinceSeconds) {
  const { id, endpoint, state, pod, node, zone, slice, connections, portName, local, ejection, lastError } = card;
  element.className = `card is-${state.kind}`;
  element.dataset.id = id;
  setText(part(element, '.card-state'), `${state.glyph} ${state.label}`);
  setText(part(element, '.card-address'), endpoint);
  setText(part(element, '.card-pod'), pod || 'no pod named');
  const facts = [
    ['node', `${node || 'unknown'}${local ? ' (this node)' : ''}`],
    ['zone', zone || 'unknown'],
    ['port', portName || 'unnamed'],
    ...(connections === undefined ? [] : [['flows', String(connections)]]),
    ...(slice === '' ? [] : [['slice', slice]]),
    ...(lastError === '' ? [] : [['last error', lastError]]),
  ];
  const list = part(element, '.card-facts');
  keyed(list, facts, {
    keyOf: ([name = '']) => name,
    create: ([name = '']) => h('div', {}, h('dt', {}, name), h('dd')),
    update: (row, [, value = '']) => setText(part(row, 'dd'), value),
  });
  fillEjection(part(element, '.card-ejection'), ejection, sinceSeconds);
  const button = /** @type {HTMLButtonElement} */ (part(element, '.card-act'));
  const isDrained = ejection !== undefined;
  button.hidden = !hasToken() || connections === undefined;
  button.dataset.act = isDrained ? 'restore' : 'drain';
  setText(button, isDrained ? 'Restore' : 'Drain');
  button.setAttribute('aria-label', `${isDrained ? 'Restore' : 'Drain'} ${endpoint}`);
}

/** @param {Element} element @param {EjectionRow | undefined} ejection @param {number} sinceSeconds */
function fillEjection(element, ejection, sinceSeconds) {
  element.toggleAttribute('hidden', ejection === undefined);
  if (!ejection) return;
  const { cause, failures, times, remainingSeconds, code } = ejection;
  const left = Math.max(0, remainingSeconds - sinceSeconds);
  const isTimed = remainingSeconds >= 0;
  const why =
    code === 'EP_QUARANTINED'
      ? 'by an operator'
      : `${cause}, ${plural(failures, 'failure')} in a row, ${plural(times, 'ejection')}`;
  const end = isTimed ? `back in ${formatAge(Math.ceil(left))}` : 'until it is restored';
  setText(part(element, 'p'), `${code}: ${why}; ${end}`);
  const fill = /** @type {HTMLElement} */ (part(element, '.meter-fill'));
  fill.style.width = isTimed ? `${Math.min(100, (left / Math.max(1, remainingSeconds)) * 100)}%` : '100%';
}

/** @param {Element} element @param {string} selector */
function part(element, selector) {
  const found = element.querySelector(selector);
  if (!found) throw new Error(`a card has no ${selector}`);
  return found;
}
