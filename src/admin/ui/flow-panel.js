/**
 * The flows of the open Service: those that live, why each has its endpoint, and how the last ones ended.
 */

/** @import { FlowRow } from '../flow-row.ts' */

import { hasToken } from './api.js';
import { h, keyed, setText } from './dom.js';
import { commandLine, formatAge, formatBytes, plural } from './format.js';
import { createPanel } from './panel.js';
import { place, serviceOf } from './place.js';

/** So many rows of each kind are shown. */
const MAX_LIVE = 200;
const MAX_ENDED = 30;

/** @typedef {{row: FlowRow, atMs: number, end: Readonly<Record<string, string>> | undefined}} Shown */

const COLUMNS = ['Flow', 'Client', 'Endpoint', 'Why', 'Tries', 'In', 'Out', 'Age', 'State'];
const NUMBERS = new Set(['Tries', 'In', 'Out', 'Age']);

/**
 * @param {{onKill: (id: string) => void}} options
 */
export function createFlowPanel({ onKill }) {
  /** Told by events and by lists alike, in the order of their opening. @type {Map<string, Shown>} */
  let live = new Map();
  /** The newest first. @type {Shown[]} */
  let ended = [];
  let isPast = false;
  let isRequested = false;
  const panel = createPanel('flows', 'Flows', {
    cli: flowsCommand,
    json: () => [...live.values()].map(({ row }) => row),
  });
  const body = h('tbody');
  const heads = COLUMNS.map((name) => h('th', { scope: 'col', class: NUMBERS.has(name) ? 'number' : '' }, name));
  const table = h(
    'table',
    {},
    h('caption', { class: 'unseen' }, 'Flows of the Service'),
    h('thead', {}, h('tr', {}, ...heads)),
    body,
  );
  const scroller = h(
    'div',
    { class: 'table-scroller', tabindex: '0', role: 'region', 'aria-label': 'Table of flows' },
    table,
  );
  const empty = h('p', { class: 'empty' });
  panel.body.append(empty, scroller);
  return { element: panel.element, reset, showAll, opened, finished, setPast, tick: draw };

  /** Another Service is open. */
  function reset() {
    live = new Map();
    ended = [];
    draw();
  }

  /** @param {readonly FlowRow[]} rows every live flow, at this moment */
  function showAll(rows) {
    const atMs = Date.now();
    live = new Map(rows.map((row) => [row.id, { row, atMs, end: undefined }]));
    draw();
  }

  /** @param {FlowRow} row */
  function opened(row) {
    live.set(row.id, { row, atMs: Date.now(), end: undefined });
    request();
  }

  /** @param {FlowRow} row @param {Readonly<Record<string, string>>} end */
  function finished(row, end) {
    live.delete(row.id);
    ended = [{ row, atMs: Date.now(), end }, ...ended].slice(0, MAX_ENDED);
    request();
  }

  /** @param {boolean} past */
  function setPast(past) {
    isPast = past;
    draw();
  }

  /** Many flows may come at once: they are drawn together. */
  function request() {
    if (isRequested) return;
    isRequested = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    isRequested = false;
    const newest = [...live.values()].slice(-MAX_LIVE).reverse();
    const shown = isPast ? [] : [...newest, ...ended];
    keyed(body, shown, { keyOf: keyOf, create: () => createRow(onKill), update: fillRow });
    scroller.hidden = shown.length === 0;
    empty.hidden = shown.length > 0;
    setText(
      empty,
      isPast
        ? 'Flows of the past are not kept: go back to live to see those of now.'
        : 'No flow lives now. The next one appears here by itself.',
    );
    const more = live.size > MAX_LIVE ? `, the newest ${MAX_LIVE} shown` : '';
    panel.note(
      isPast
        ? ''
        : `${plural(live.size, 'live flow')}${more}${ended.length > 0 ? `, ${ended.length} ended lately` : ''}`,
    );
  }
}

function flowsCommand() {
  const { namespace, service } = serviceOf(place());
  return commandLine('get', 'conns', `svc/${service}`, '-n', namespace);
}

/** @param {Shown} shown */
function keyOf({ row, end }) {
  return `${row.id} ${end ? 'ended' : 'live'}`;
}

/** @param {(id: string) => void} onKill */
function createRow(onKill) {
  const text = (/** @type {string} */ name) => h('span', { class: `flow-${name}` });
  const cell = (/** @type {Node[]} */ ...children) => h('td', {}, ...children);
  const number = (/** @type {string} */ name) => h('td', { class: 'number' }, text(name));
  const kill = () => onKill(row.dataset.id ?? '');
  const button = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: kill }, 'Kill');
  const row = h(
    'tr',
    {},
    cell(text('id')),
    cell(text('client')),
    cell(text('endpoint'), text('pod')),
    cell(text('why')),
    number('tries'),
    number('in'),
    number('out'),
    number('age'),
    cell(text('state'), button),
  );
  return row;
}

/** @param {HTMLTableRowElement} element @param {Shown} shown */
function fillRow(element, { row, atMs, end }) {
  const { id, client, endpoint, pod, tries, bytesIn, bytesOut, ageSeconds } = row;
  element.dataset.id = id;
  element.className = end ? `ended ${isGood(end) ? '' : 'is-bad'}` : '';
  const texts = {
    id,
    client,
    endpoint: endpoint || 'none',
    pod,
    why: whyOf(row),
    tries,
    in: formatBytes(bytesIn),
    out: formatBytes(bytesOut),
    age: formatAge(end ? ageSeconds : ageSeconds + (Date.now() - atMs) / 1_000),
    state: end ? endText(end) : endpoint === '' ? '◌ waits' : '● live',
  };
  for (const [name, text] of Object.entries(texts)) {
    const place = element.querySelector(`.flow-${name}`);
    if (place) setText(place, text);
  }
  const button = element.querySelector('button');
  if (!button) return;
  button.hidden = end !== undefined || !hasToken();
  button.setAttribute('aria-label', `Kill flow ${id}`);
}

/** `roundrobin; tried 10.244.2.5:8080 ECONNREFUSED (1 ms)`. @param {FlowRow} row */
function whyOf({ why, failedTries, override, fault }) {
  const tries = failedTries.map(
    ({ endpoint, errno, elapsedMs }) => `${endpoint} ${errno} (${Math.round(elapsedMs)} ms)`,
  );
  const ours = [override === undefined ? '' : `to ${override}`, fault === undefined ? '' : `fault ${fault}`];
  return [why, ...ours, ...(tries.length > 0 ? [`tried ${tries.join(', ')}`] : [])].filter(Boolean).join('; ');
}

/** @param {Readonly<Record<string, string>>} end */
function endText({ cause = '', errno, reason }) {
  return [isGood({ cause }) ? '✓' : '✕', cause, errno, reason].filter(Boolean).join(' ');
}

/** @param {Readonly<Record<string, string>>} end */
function isGood({ cause }) {
  return cause === 'finished' || cause === 'idle';
}
