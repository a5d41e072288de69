/**
 * A sparkline: connects as an area, failures as bars that stand in front of it. Drawn for the eye; the text says the same.
 */

/** @import { Rates } from '../rates-route.ts' */

import { svg } from './dom.js';

const WIDTH = 60;
const HEIGHT = 18;

/** An empty one. */
export function createSparkline() {
  const area = svg('path', { class: 'spark-area' });
  const failures = svg('path', { class: 'spark-failures' });
  const box = { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', box, area, failures);
}

/** @param {SVGSVGElement} element @param {Rates | undefined} rates */
export function drawSparkline(element, rates) {
  const [area, failures] = element.children;
  area?.setAttribute('d', rates ? areaPath(rates.opened) : '');
  failures?.setAttribute('d', rates ? barPath(rates.failed, Math.max(...rates.opened, ...rates.failed, 1)) : '');
}

/** @param {readonly number[]} values */
function areaPath(values) {
  const top = Math.max(...values, 1);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, index) => `L${round(index * step)} ${round(heightOf(value, top))}`);
  return `M0 ${HEIGHT}${points.join('')}L${WIDTH} ${HEIGHT}Z`;
}

/** @param {readonly number[]} values @param {number} top */
function barPath(values, top) {
  const step = WIDTH / Math.max(1, values.length);
  const bars = values.map((value, index) => {
    if (value === 0) return '';
    const height = Math.max(3, HEIGHT - heightOf(value, top));
    return `M${round(index * step)} ${HEIGHT}v${-round(height)}h${round(step)}v${round(height)}z`;
  });
  return bars.join('');
}

/** @param {number} value @param {number} top */
function heightOf(value, top) {
  return HEIGHT - (value / top) * (HEIGHT - 2);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
