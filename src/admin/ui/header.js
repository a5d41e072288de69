/**
 * The header: what this daemon is, and one bar that says whether what is shown is true now.
 *
 * The bar is always there, so that nothing moves when it turns red.
 */

/** @import { Link } from './session.js' */
/** @import { Status } from '../status.ts' */
/** @import { Place } from './place.js' */

import { announce } from './announce.js';
import { serverNow } from './api.js';
import { h, redraw, setText } from './dom.js';
import { formatAge, formatTime, plural } from './format.js';
import { go, place } from './place.js';
import { askNow, currentLink } from './session.js';

/** @typedef {{readonly kind: 'ok' | 'warn' | 'bad', readonly glyph: string, readonly title: string, readonly text: string}} Bar */

let said = '';
/** When the time that is looked at was, as told by the view of the Service; "" = not known. */
let pastTime = '';

/** @param {string} iso */
export function setPastTime(iso) {
  pastTime = iso;
  drawHeader();
}

/** Draws what has changed; called each second too, for ages go on. */
export function drawHeader() {
  const link = currentLink();
  const facts = document.querySelector('#facts');
  if (facts) redraw(facts, factsOf(link.status), () => factsOf(link.status).map(factElement));
  const bar = barOf(link, place());
  const element = document.querySelector('#bar');
  if (!element) return;
  if (element.className !== `bar is-${bar.kind}`) element.className = `bar is-${bar.kind}`;
  setText(pick(element, '.bar-glyph'), bar.glyph);
  setText(pick(element, '.bar-title'), bar.title);
  setText(pick(element, '.bar-text'), bar.text);
  pick(element, '#live').toggleAttribute('hidden', place().at === '');
  pick(element, '#retry').toggleAttribute('hidden', link.state !== 'lost');
  if (said !== bar.title && said !== '') announce(`${bar.title} ${bar.text}`);
  said = bar.title;
}

/** Wires the buttons of the bar. */
export function wireHeader() {
  document.querySelector('#live')?.addEventListener('click', () => go({ at: '' }));
  document.querySelector('#retry')?.addEventListener('click', askNow);
}

/** @param {Element} parent @param {string} selector */
function pick(parent, selector) {
  const found = parent.querySelector(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {Status | undefined} status @returns {(readonly [name: string, value: string])[]} */
function factsOf(status) {
  if (!status) return [['source', '…']];
  const { source, node, mode, generation, counts, version, capture } = status;
  return [
    ['source', source.description],
    ['node', node.zone === '' ? node.name || 'none' : `${node.name} (${node.zone})`],
    ['mode', mode],
    ['rev', String(generation)],
    ['services', counts.services.toLocaleString('en')],
    ['flows', counts.connections.toLocaleString('en')],
    ...(counts.failed > 0 ? [/** @type {const} */ (['failed listeners', String(counts.failed)])] : []),
    ['capture', capture.split(':')[0] ?? ''],
    ['svclane', version],
  ];
}

/** @param {readonly [string, string]} fact */
function factElement([name, value]) {
  const isBad = name === 'failed listeners';
  return h('div', { class: `fact${isBad ? ' is-bad' : ''}` }, h('dt', {}, name), h('dd', { title: value }, value));
}

/** The worst thing that is to be said. @param {Link} link @param {Place} place @returns {Bar} */
function barOf(link, { at }) {
  const { state, status, atMs } = link;
  const since = (Date.now() - atMs) / 1_000;
  if (state === 'connecting') return { kind: 'warn', glyph: '…', title: 'Connecting', text: 'to the daemon' };
  if (state === 'denied') {
    return {
      kind: 'bad',
      glyph: '✕',
      title: 'Token wanted',
      text: 'This daemon answers only with its token: enter it above.',
    };
  }
  if (state === 'lost') {
    const text =
      atMs === 0 ? 'It does not answer.' : `What you see is ${formatAge(since)} old. It is asked again and again.`;
    return { kind: 'bad', glyph: '✕', title: 'Connection to the daemon lost', text };
  }
  const stale = status?.source.resources.filter((resource) => resource.state === 'stale') ?? [];
  if (stale.length > 0) return staleBar(stale, since);
  if (at !== '') {
    const time = pastTime === '' ? '' : `, in force since ${formatTime(pastTime, serverNow())}`;
    return { kind: 'warn', glyph: '◷', title: `You look at the past: rev ${at}`, text: `${time.slice(2)}` };
  }
  const isListing = status?.source.resources.some((resource) => resource.state === 'listing');
  if (isListing) return { kind: 'warn', glyph: '…', title: 'Listing', text: 'The first lists are not complete yet.' };
  return { kind: 'ok', glyph: '●', title: 'Live', text: watchText(status, since) };
}

/** @param {Status['source']['resources']} stale @param {number} since @returns {Bar} */
function staleBar(stale, since) {
  const names = stale.map(({ kind }) => kind).join(', ');
  const ages = stale.map(({ ageSeconds }) => ageSeconds ?? 0);
  const [{ error, hint } = { error: '', hint: '' }] = stale;
  const age = formatAge(Math.max(...ages) + since);
  const why = [error, hint].filter(Boolean).join(' — ');
  const text = `${names}: no word for ${age}. The last good table goes on serving.${why === '' ? '' : ` ${why}`}`;
  return { kind: 'bad', glyph: '▲', title: 'Stale', text };
}

/** @param {Status | undefined} status @param {number} since */
function watchText(status, since) {
  const ages = status?.source.resources.flatMap(({ ageSeconds }) => (ageSeconds === null ? [] : [ageSeconds])) ?? [];
  if (ages.length === 0) return '';
  const conflicts = status?.conflicts.length ?? 0;
  const more = conflicts > 0 ? ` · ${plural(conflicts, 'address conflict')}` : '';
  return `watch heard ${formatAge(Math.max(...ages) + since)} ago${more}`;
}
