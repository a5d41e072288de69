/**
 * What one may do by this page: each with the token, and with a word on what became of it.
 */

import { announce } from './announce.js';
import { ApiProblem, send } from './api.js';
import { rejectToken } from './dialogs.js';

/**
 * Changes something and says what became of it. Resolves with whether it was done.
 * @param {'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {{done: string, body?: unknown}} what `done` is said when it is
 */
export async function change(method, path, { done, body }) {
  try {
    await send(method, path, body);
    announce(done, { isSeen: true });
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) rejectToken();
    else announce(`Not done: ${reasonOf(error)}`, { isSeen: true });
    return false;
  }
}

/** @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof ApiProblem) return [error.message, error.hint].filter(Boolean).join(' — ');
  return 'the daemon does not answer';
}
