/**
 * Buttons that copy: the command that shows the same in a terminal, and the data as the API gave them.
 */

import { announce } from './announce.js';
import { h } from './dom.js';

/**
 * The two buttons of a view.
 * @param {string} title of the view, for those who do not see where the buttons stand
 * @param {{cli: () => string, json: () => unknown}} content asked for when a button is pressed
 */
export function copyButtons(title, { cli, json }) {
  return h(
    'div',
    { class: 'copy', role: 'group', 'aria-label': `Copy ${title}` },
    copyButton('Copy CLI', `Copy ${title} as a command`, cli),
    copyButton('Copy JSON', `Copy ${title} as JSON`, () => JSON.stringify(json(), null, 2)),
  );
}

/**
 * @param {string} text
 * @param {string} title
 * @param {() => string} content
 */
function copyButton(text, title, content) {
  return h('button', { type: 'button', class: 'quiet', title, onclick: () => copy(content()) }, text);
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied: ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`, { isSeen: true });
  } catch {
    showText(text);
  }
}

/** Where the browser gives no clipboard (an address that is not local), the text is shown, selected. @param {string} text */
function showText(text) {
  const area = h('textarea', { readonly: true, rows: 12, 'aria-label': 'Text to copy' });
  area.value = text;
  const dialog = h(
    'dialog',
    { 'aria-label': 'Copy this', onclose: () => dialog.remove() },
    h('h2', {}, 'Copy this'),
    h('p', {}, 'This browser gives no clipboard to the page. The text is selected: copy it by Ctrl-C.'),
    area,
    h('form', { method: 'dialog' }, h('button', {}, 'Close')),
  );
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}
