/**
 * One row of the list of Services.
 */

/** @import { Rates } from '../rates-route.ts' */
/** @import { Entry } from './service-book.js' */

import { h, setText } from './dom.js';
import { plural } from './format.js';
import { ratesOf, SERVICE_STATES } from './service-book.js';
import { createSparkline, drawSparkline } from './sparkline.js';

/** @typedef {{readonly index: number, readonly count: number, readonly isActive: boolean, readonly isOpen: boolean}} RowPlace */

/**
 * @typedef {object} ServiceRowElement
 * @property {HTMLElement} element
 * @property {(entry: Entry, place: RowPlace) => void} update
 */

/** @param {number} height of a row in pixels @returns {ServiceRowElement} */
export function createServiceRow(height) {
  const glyph = h('span', { class: 'glyph', 'aria-hidden': 'true' });
  const namespace = h('span', { class: 'muted' });
  const name = h('b');
  const ports = h('span', { class: 'row-ports muted' });
  const fill = h('span', { class: 'meter-fill' });
  const count = h('span', { class: 'row-count', 'aria-hidden': 'true' });
  const flows = h('span', { class: 'row-flows', 'aria-hidden': 'true' });
  const words = h('span', { class: 'unseen' });
  const spark = createSparkline();
  const line = h('span', { class: 'row-line' }, flows, ports);
  const names = h('span', { class: 'row-names' }, h('span', { class: 'row-name' }, namespace, name), line);
  const ready = h('span', { class: 'row-ready' }, count, h('span', { class: 'meter' }, fill), words);
  const element = h('div', { role: 'option', class: 'row' }, glyph, names, ready, spark);
  return { element, update };

  /** @param {Entry} entry @param {RowPlace} place */
  function update({ key, row, state }, { index, count: size, isActive, isOpen }) {
    const { label } = SERVICE_STATES[state];
    const rates = ratesOf(key);
    element.id = `service-${index}`;
    element.dataset.key = key;
    element.style.transform = `translateY(${index * height}px)`;
    element.className = `row is-${state}${isActive ? ' is-active' : ''}`;
    setText(glyph, SERVICE_STATES[state].glyph);
    setText(namespace, `${row.namespace}/`);
    setText(name, row.name);
    setText(ports, [...row.ports, ...row.clusterIPs].join('  '));
    setText(count, state === 'unrouted' ? '–' : `${row.routable}/${row.total}`);
    setText(flows, row.connections === 0 ? '' : `${plural(row.connections, 'flow')}  `);
    if (element.title !== key) element.title = key;
    fill.style.width = `${row.total === 0 ? 0 : (row.routable / row.total) * 100}%`;
    drawSparkline(spark, rates);
    const attributes = { 'aria-selected': isOpen, 'aria-posinset': index + 1, 'aria-setsize': size };
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
    setText(words, wordsOf(row, label, rates));
  }
}

/** What the signs of a row say, for those who do not see them. @param {Entry['row']} row @param {string} label @param {Rates | undefined} rates */
function wordsOf({ unrouted, routable, total, connections }, label, rates) {
  const failed = rates?.failed.reduce((sum, value) => sum + value, 0) ?? 0;
  const texts = [
    unrouted === '' ? `, ${routable} of ${total} endpoints ready` : `, not routed: ${unrouted}`,
    label,
    plural(connections, 'connection'),
    failed > 0 && `${plural(failed, 'failure')} in 30 minutes`,
  ];
  return texts.filter(Boolean).join(', ');
}
