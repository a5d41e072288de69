/**
 * Single keys: they do something where one does not write, and unless they are switched off.
 */

import { keysAreOn } from './preferences.js';

/** @param {Readonly<Record<string, () => void>>} actions by key; Enter belongs to the control that has the focus, if any has */
export function followKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!keysAreOn() || isWriting(event.target) || document.querySelector('dialog[open]')) return;
    const action = actions[event.key];
    if (!action || (event.key === 'Enter' && event.target !== document.body)) return;
    event.preventDefault();
    action();
  });
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches('input:not([type=range], [type=checkbox]), select, textarea');
}
