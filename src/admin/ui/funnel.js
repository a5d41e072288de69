/**
 * The steps of an explanation: how many each kept, and whom it left out, by which field of which object.
 */

/** @import { ExplanationDocument } from '../explain-answer.ts' */

import { serverNow } from './api.js';
import { h } from './dom.js';
import { formatTime } from './format.js';

/** @typedef {ExplanationDocument['steps'][number]} Step */
/** @typedef {Step['out'][number]} Out */

/** So many of one step are shown at first. */
const MAX_OUT = 12;

/** Codes that tell something of what stays in. */
const TOLD = new Set(['HINTS_IGNORED', 'EJECTION_SUSPENDED']);

/** Steps that find one thing, rather than keep a number of things. */
const SINGLE = new Set(['service', 'port', 'family']);

/** What comes behind the step that kept nothing is shown, but told no more. @param {ExplanationDocument} explanation */
export function funnelElement({ steps }) {
  const counted = steps.filter(({ name }) => !SINGLE.has(name) && name !== 'slices');
  const most = Math.max(1, ...counted.map((step) => step.in.length + outsOf(step)));
  const end = steps.findIndex((step) => step.in.length === 0);
  const kindOf = (/** @type {Step} */ step, /** @type {number} */ index) => {
    if (end !== -1 && index >= end) return index === end ? 'bad' : 'off';
    return step.out.length > 0 ? 'warn' : 'ok';
  };
  return h('ol', { class: 'funnel' }, ...steps.map((step, index) => stepElement(step, kindOf(step, index), most)));
}

/** @param {Step} step */
function outsOf({ out }) {
  return out.filter(({ code }) => !TOLD.has(code)).length;
}

/** @param {Step} step @param {'ok' | 'warn' | 'bad' | 'off'} kind @param {number} most endpoints that any step has */
function stepElement(step, kind, most) {
  const { name, detail, out } = step;
  const bar = h('span', { class: 'step-bar', 'aria-hidden': 'true' });
  bar.style.width = `${shareOf(step, most) * 100}%`;
  return h(
    'li',
    { class: `step is-${kind}` },
    h(
      'div',
      { class: 'step-head' },
      h('b', { class: 'step-name' }, name),
      h('span', { class: 'step-count' }, countText(step)),
      h('span', { class: 'step-track' }, bar),
    ),
    h('p', { class: 'step-detail' }, detail),
    name === 'slices' && step.in.length > 0 && h('p', { class: 'step-kept' }, step.in.join(', ')),
    out.length > 0 && outElement(out, name),
  );
}

/** @param {Step} step */
function countText(step) {
  const kept = step.in.length;
  if (SINGLE.has(step.name)) return kept === 0 ? '✕ not found' : '✓ ok';
  const outs = outsOf(step);
  return `${kept === 0 ? '✕ ' : ''}${kept} in${outs > 0 ? `, ${outs} out` : ''}`;
}

/** How much of the bar is filled, 0 to 1: endpoints are counted against the most, slices among themselves. @param {Step} step @param {number} most */
function shareOf(step, most) {
  const kept = step.in.length;
  if (SINGLE.has(step.name)) return kept === 0 ? 0 : 1;
  return kept / (step.name === 'slices' ? Math.max(1, kept + outsOf(step)) : most);
}

/** @param {readonly Out[]} out @param {string} step */
function outElement(out, step) {
  const items = out.map(outItem);
  if (items.length <= MAX_OUT) return h('ul', { class: 'outs' }, ...items);
  const summary = h('summary', { 'data-key': `more-${step}` }, `and ${items.length - MAX_OUT} more`);
  const rest = h('details', {}, summary, h('ul', { class: 'outs' }, ...items.slice(MAX_OUT)));
  return h('div', {}, h('ul', { class: 'outs' }, ...items.slice(0, MAX_OUT)), rest);
}

/** @param {Out} out */
function outItem({ code, subject, pod, object, path, value, since }) {
  return h(
    'li',
    {},
    h('code', { class: 'code' }, code),
    h('span', { class: 'out-subject' }, subject, pod !== '' && h('span', { class: 'muted' }, ` ${pod}`)),
    h('span', { class: 'out-field' }, `${object} `, h('code', {}, path === '' ? `owner=${value}` : `${path}=${value}`)),
    since !== undefined && h('span', { class: 'muted' }, `since ${formatTime(since, serverNow())}`),
  );
}
