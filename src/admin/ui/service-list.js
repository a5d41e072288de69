/**
 * The list of Services: a listbox of which only the rows in sight are in the document, however many there are.
 *
 *   scroller ── spacer, as high as all rows ── rows in sight, each moved to its place, and the active one
 *
 * The active row stays in the document wherever one scrolls: `aria-activedescendant` must not point to nothing.
 */

/** @import { Entry } from './service-book.js' */
/** @import { ServiceRowElement } from './service-row.js' */

import { h } from './dom.js';
import { createServiceRow } from './service-row.js';

const ROW_HEIGHT = 44;
/** Rows above and below what is in sight. */
const MARGIN = 6;

/**
 * @param {{onOpen: (key: string) => void}} options
 */
export function createServiceList({ onOpen }) {
  const spacer = h('div', { class: 'rows', role: 'presentation' });
  const element = h(
    'div',
    {
      class: 'scroller',
      role: 'listbox',
      id: 'services',
      'aria-label': 'Services',
      tabindex: '0',
      onscroll: () => requestDraw(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => onKey(event),
      onclick: (/** @type {MouseEvent} */ event) => onClick(event),
    },
    spacer,
  );
  /** @type {readonly Entry[]} */
  let entries = [];
  let active = 0;
  let open = '';
  let isRequested = false;
  /** @type {Map<number, ServiceRowElement>} */
  let rows = new Map();
  new ResizeObserver(() => requestDraw()).observe(element);
  return { element, show, setOpen, move, openActive };

  /** Shows other entries; the active one stays the one that it is, where it is still there. @param {readonly Entry[]} next */
  function show(next) {
    const key = entries[active]?.key ?? open;
    entries = next;
    const found = entries.findIndex((entry) => entry.key === key);
    active = found === -1 ? Math.max(0, Math.min(active, entries.length - 1)) : found;
    draw();
  }

  /** @param {string} key of the Service that is open; "" = none */
  function setOpen(key) {
    if (key === open) return;
    open = key;
    const found = entries.findIndex((entry) => entry.key === key);
    if (found !== -1 && found !== active) activate(found);
    else draw();
  }

  /** Moves the active row by so many. @param {number} by */
  function move(by) {
    activate(active + by);
  }

  function openActive() {
    const entry = entries[active];
    if (entry) onOpen(entry.key);
  }

  /** @param {number} index */
  function activate(index) {
    active = Math.max(0, Math.min(index, entries.length - 1));
    const top = active * ROW_HEIGHT;
    const { scrollTop, clientHeight } = element;
    if (top < scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > scrollTop + clientHeight) element.scrollTop = top + ROW_HEIGHT - clientHeight;
    draw();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(element.clientHeight / ROW_HEIGHT) - 1);
    /** @type {Readonly<Record<string, number>>} */
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -entries.length,
      End: entries.length,
    };
    const step = steps[event.key];
    if (step !== undefined) move(step);
    else if (event.key === 'Enter' || event.key === ' ') openActive();
    else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  function onClick({ target }) {
    const row = target instanceof Element ? target.closest('[role=option]') : null;
    const key = row instanceof HTMLElement ? row.dataset.key : undefined;
    const found = entries.findIndex((entry) => entry.key === key);
    if (found === -1) return;
    activate(found);
    openActive();
  }

  function requestDraw() {
    if (isRequested) return;
    isRequested = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    isRequested = false;
    spacer.style.height = `${entries.length * ROW_HEIGHT}px`;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW_HEIGHT) - MARGIN);
    const last = Math.min(entries.length, Math.ceil((element.scrollTop + element.clientHeight) / ROW_HEIGHT) + MARGIN);
    const wanted = new Set(Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index));
    if (entries.length > 0) wanted.add(active);
    rows = reuse(wanted);
    for (const [index, row] of rows) {
      const entry = entries[index];
      const place = { index, count: entries.length, isActive: index === active, isOpen: entry?.key === open };
      if (entry) row.update(entry, place);
    }
    if (entries.length > 0) element.setAttribute('aria-activedescendant', `service-${active}`);
    else element.removeAttribute('aria-activedescendant');
  }

  /** Rows that are out of sight serve for those that came into it. @param {ReadonlySet<number>} wanted */
  function reuse(wanted) {
    const spare = [...rows].filter(([index]) => !wanted.has(index)).map(([, row]) => row);
    /** @type {Map<number, ServiceRowElement>} */
    const next = new Map();
    for (const index of wanted) {
      const row = rows.get(index) ?? spare.pop() ?? createServiceRow(ROW_HEIGHT);
      if (!row.element.isConnected) spacer.append(row.element);
      next.set(index, row);
    }
    for (const { element } of spare) element.remove();
    return next;
  }
}
