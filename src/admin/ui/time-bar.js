/**
 * The time slider: one stop for each revision that the daemon remembers, marks where the open Service changed.
 *
 *   oldest ├────────┬──┬─────────────────┬───┤ newest = live
 *                   changes of the Service
 */

/** @import { HistoryList } from '../history-rows.ts' */

import { serverNow } from './api.js';
import { h, redraw, setText, svg } from './dom.js';
import { formatTime, plural } from './format.js';
import { go, place } from './place.js';

/** While one drags, the daemon is asked at most this often. */
const SETTLE_MS = 120;

export function createTimeBar() {
  const slider = h('input', {
    type: 'range',
    step: '1',
    'aria-label': 'Revision that is looked at',
    oninput: () => onInput(),
  });
  const marks = svg('svg', {
    class: 'marks',
    viewBox: '0 0 1000 10',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const output = h('output', { class: 'time-output' });
  const earlier = button('[', 'Change before', () => jump(-1));
  const later = button(']', 'Change after', () => jump(1));
  const track = h('div', { class: 'track' }, marks, slider);
  const element = h(
    'div',
    { class: 'time-bar', role: 'group', 'aria-label': 'Time travel' },
    earlier,
    track,
    later,
    output,
  );
  /** @type {HistoryList} */
  let history = { generation: 0, oldest: 0, items: [] };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  return { element, show, jump };

  /** @param {HistoryList} next */
  function show(next) {
    history = next;
    draw();
  }

  function draw() {
    const { oldest, generation, items } = history;
    slider.min = String(oldest);
    slider.max = String(generation);
    slider.disabled = generation <= oldest;
    if (settling === undefined) slider.value = place().at === '' ? String(generation) : place().at;
    redraw(marks, [oldest, items.map((item) => item.generation), generation], markElements);
    describe();
  }

  /** @returns {SVGElement[]} */
  function markElements() {
    const span = Math.max(1, history.generation - history.oldest);
    return history.items.map((item) => {
      const x = ((item.generation - history.oldest) / span) * 998;
      const kind = item.routableAfter === 0 ? 'bad' : item.routableAfter < item.routableBefore ? 'warn' : 'ok';
      return svg('rect', { x, y: 0, width: 2, height: 10, class: `mark is-${kind}` });
    });
  }

  function describe() {
    const value = Number(slider.value);
    const isLive = value >= history.generation;
    const change = history.items.find((item) => item.generation === value);
    const time = change ? ` · ${formatTime(change.time, serverNow())}` : '';
    const count = plural(history.items.length, 'change');
    setText(
      output,
      isLive ? `live · rev ${history.generation} · ${count}` : `rev ${value} of ${history.generation}${time}`,
    );
    slider.setAttribute('aria-valuetext', isLive ? `live, revision ${value}` : `revision ${value}${time}`);
    earlier.disabled = next(-1) === undefined;
    later.disabled = next(1) === undefined;
  }

  function onInput() {
    describe();
    clearTimeout(settling);
    settling = setTimeout(() => {
      settling = undefined;
      goTo(Number(slider.value));
    }, SETTLE_MS);
  }

  /** To the change of the Service before or after the revision that is looked at; after the last one it is live. @param {-1 | 1} by */
  function jump(by) {
    const target = next(by);
    if (target !== undefined) goTo(target);
  }

  /** @param {-1 | 1} by @returns {number | undefined} */
  function next(by) {
    const { oldest, generation, items } = history;
    const here = place().at === '' ? generation : Number(place().at);
    const stops = [...new Set([oldest, ...items.map((item) => item.generation), generation])].sort((a, b) => a - b);
    return by < 0 ? stops.findLast((stop) => stop < here) : stops.find((stop) => stop > here);
  }

  /** @param {number} revision */
  function goTo(revision) {
    go({ at: revision >= history.generation ? '' : String(revision) });
  }
}

/** @param {string} key @param {string} title @param {() => void} onclick */
function button(key, title, onclick) {
  const text = key === '[' ? '◀' : '▶';
  return h(
    'button',
    { type: 'button', class: 'quiet', title: `${title} (${key})`, 'aria-label': title, onclick },
    text,
  );
}
