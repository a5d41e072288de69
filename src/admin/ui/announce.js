/**
 * What a screen reader is told, and a sighted person sees for a moment: politely, one line at a time.
 */

import { setText } from './dom.js';

const SHOWN_MS = 4_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Says a line. `isSeen` = it is shown too.
 * @param {string} text
 * @param {{isSeen?: boolean}} [how]
 */
export function announce(text, { isSeen = false } = {}) {
  const region = document.querySelector('#announcer');
  if (!region) return;
  // The same text again is said again only if it was gone meanwhile.
  setText(region, '');
  requestAnimationFrame(() => setText(region, text));
  region.classList.toggle('seen', isSeen);
  clearTimeout(timer);
  timer = setTimeout(() => region.classList.remove('seen'), SHOWN_MS);
}
