/**
 * The two dialogs: the token, which lets one change things, and the help.
 */

import { announce } from './announce.js';
import { hasToken, setToken } from './api.js';
import { setText } from './dom.js';
import { keysAreOn, setKeys } from './preferences.js';
import { createSignal } from './signal.js';

/** Told when a token was entered or forgotten. @type {import('./signal.js').Signal<undefined>} */
export const tokenChanged = createSignal();

/** Wires the dialogs that the page has. */
export function wireDialogs() {
  const token = dialogOf('token-dialog');
  const input = /** @type {HTMLInputElement} */ (token.querySelector('input'));
  document.querySelector('#token')?.addEventListener('click', askToken);
  document.querySelector('#help')?.addEventListener('click', showHelp);
  token.addEventListener('close', () => {
    if (token.returnValue === 'use') useToken(input.value.trim());
    if (token.returnValue === 'forget') useToken('');
    input.value = '';
  });
  const keys = /** @type {HTMLInputElement} */ (document.querySelector('#keys-on'));
  keys.checked = keysAreOn();
  keys.addEventListener('change', () => setKeys(keys.checked));
}

/** Asks for the token. @param {unknown} [_event] @param {string} [problem] why the last one is of no use */
export function askToken(_event, problem = '') {
  const dialog = dialogOf('token-dialog');
  const line = dialog.querySelector('.problem');
  if (line) setText(line, problem);
  dialog.returnValue = '';
  if (!dialog.open) dialog.showModal();
}

export function showHelp() {
  const dialog = dialogOf('help-dialog');
  if (!dialog.open) dialog.showModal();
}

/** A token that the daemon refused is forgotten, and asked for again. */
export function rejectToken() {
  useToken('');
  askToken(undefined, 'The daemon refused this token. It is in the file that its configuration names as admin.token.');
}

/** @param {string} text */
function useToken(text) {
  const had = hasToken();
  setToken(text);
  const button = document.querySelector('#token');
  if (button) setText(button, hasToken() ? 'Token ✓' : 'Token');
  button?.setAttribute(
    'aria-label',
    hasToken() ? 'Token is entered: changes are possible' : 'Enter a token to change things',
  );
  if (had !== hasToken()) announce(hasToken() ? 'Token entered: changes are possible' : 'Read only', { isSeen: true });
  tokenChanged.emit(undefined);
}

/** @param {string} id */
function dialogOf(id) {
  const found = document.getElementById(id);
  if (!(found instanceof HTMLDialogElement)) throw new Error(`the page has no dialog ${id}`);
  return found;
}
