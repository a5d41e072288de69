/**
 * A panel: one view of the open Service, with its heading and its copy buttons.
 */

import { copyButtons } from './copy.js';
import { h, setText } from './dom.js';

/**
 * @typedef {object} Panel
 * @property {HTMLElement} element
 * @property {HTMLElement} body
 * @property {(text: string) => void} note says a few words beside the heading
 */

/**
 * @param {string} id
 * @param {string} title
 * @param {{cli: () => string, json: () => unknown}} content
 * @returns {Panel}
 */
export function createPanel(id, title, content) {
  const note = h('p', { class: 'note' });
  const body = h('div', { class: 'panel-body' });
  const heading = h('h2', { id: `${id}-title`, tabindex: '-1' }, title);
  const head = h('div', { class: 'panel-head' }, heading, note, copyButtons(title.toLowerCase(), content));
  const element = h('section', { id, class: 'panel', 'aria-labelledby': `${id}-title` }, head, body);
  return { element, body, note: (text) => setText(note, text) };
}
