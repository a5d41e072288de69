/**
 * A plot over time, as SVG, with the same numbers as a table for those who do not see it.
 */

import { h, svg } from './dom.js';

const WIDTH = 600;
const HEIGHT = 120;
const LEFT = 44;
const BOTTOM = 18;
const TOP = 8;

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} kind a class: `connects`, `failures`, …
 * @property {readonly (number | null)[]} values one for each step
 */

/**
 * @param {{title: string, unit: string, lines: readonly Line[], labels: readonly string[], shape: 'bars' | 'line', total: string}} plot
 *   `labels` name the steps; `total` is said beside the title
 */
export function chart({ title, unit, lines, labels, shape, total }) {
  const values = lines.flatMap((line) => line.values.map((value) => value ?? 0));
  const top = niceTop(Math.max(0, ...values));
  const width = WIDTH - LEFT;
  const x = (/** @type {number} */ index) => LEFT + (index / Math.max(1, labels.length)) * width;
  const y = (/** @type {number} */ value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const picture = svg(
    'svg',
    { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}: ${total}` },
    ...gridOf(top, unit, y),
    ...timesOf(labels, x),
    ...lines.map((line) =>
      svg('path', { class: `plot is-${line.kind} as-${shape}`, d: pathOf(line.values, { shape, x, y }) }),
    ),
  );
  const legend = lines.map((line) => h('span', { class: `legend is-${line.kind}` }, line.name));
  return h(
    'figure',
    {},
    h(
      'figcaption',
      {},
      h('b', {}, title),
      h('span', { class: 'muted' }, total),
      h('span', { class: 'legends' }, ...legend),
    ),
    picture,
    tableOf(title, unit, lines, labels),
  );
}

/** Half a client is none: what has no unit is counted. @param {number} top @param {string} unit @param {(value: number) => number} y */
function gridOf(top, unit, y) {
  const values = [0, top / 2, top].filter((value) => unit !== '' || Number.isInteger(value));
  return values.flatMap((value) => [
    svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
    svg(
      'text',
      { class: 'axis', x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' },
      `${round(value)}${value === 0 ? '' : unit}`,
    ),
  ]);
}

/** @param {readonly string[]} labels @param {(index: number) => number} x */
function timesOf(labels, x) {
  const every = Math.max(1, Math.ceil(labels.length / 6));
  return labels.flatMap((label, index) =>
    index % every === 0 ? [svg('text', { class: 'axis', x: x(index), y: HEIGHT - 4 }, label.slice(0, 5))] : [],
  );
}

/**
 * @param {readonly (number | null)[]} values
 * @param {{shape: 'bars' | 'line', x: (index: number) => number, y: (value: number) => number}} scale
 */
function pathOf(values, { shape, x, y }) {
  const width = Math.max(1, x(1) - x(0) - 0.6);
  const parts = values.map((value, index) => {
    if (value === null || (shape === 'bars' && value === 0)) return '';
    if (shape === 'bars')
      return `M${round(x(index))} ${round(y(0))}V${round(Math.min(y(value), y(0) - 1.5))}h${round(width)}V${round(y(0))}z`;
    const isFirst = index === 0 || values[index - 1] === null;
    return `${isFirst ? 'M' : 'L'}${round(x(index))} ${round(y(value))}h${round(width)}`;
  });
  return parts.join('');
}

/** @param {string} title @param {string} unit @param {readonly Line[]} lines @param {readonly string[]} labels */
function tableOf(title, unit, lines, labels) {
  const unitText = unit === '' ? '' : ` (${unit.trim()})`;
  const heads = ['Time', ...lines.map(({ name }) => `${name}${unitText}`)].map((name) =>
    h('th', { scope: 'col' }, name),
  );
  const rows = labels.flatMap((label, index) => {
    const values = lines.map((line) => line.values[index] ?? null);
    if (values.every((value) => value === null || value === 0)) return [];
    return [h('tr', {}, h('th', { scope: 'row' }, label), ...values.map((value) => h('td', {}, value ?? '–')))];
  });
  const table = h(
    'table',
    {},
    h('caption', { class: 'unseen' }, title),
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...rows),
  );
  const content = rows.length > 0 ? table : h('p', { class: 'muted' }, 'Nothing in this time.');
  return h('details', {}, h('summary', { 'data-key': `table-${title}` }, 'As a table'), content);
}

/** The next of 1, 2, 5, 10, … @param {number} value */
function niceTop(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}
