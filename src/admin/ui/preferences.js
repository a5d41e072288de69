/**
 * What the browser remembers of a person's choices: colours, and whether single keys do something.
 */

const THEME = 'svclane.theme';
const KEYS = 'svclane.keys';

/** As the system is, unless chosen. @returns {'dark' | 'light'} */
export function theme() {
  const chosen = read(THEME);
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
}

/** Puts the colours on, and follows the system where nobody chose. */
export function applyTheme() {
  const apply = () => {
    document.documentElement.dataset.theme = theme();
  };
  apply();
  matchMedia('(prefers-color-scheme: light)').addEventListener('change', apply);
}

export function toggleTheme() {
  write(THEME, theme() === 'dark' ? 'light' : 'dark');
  document.documentElement.dataset.theme = theme();
}

/** Whether single keys are shortcuts. They are not for whoever speaks to the browser. */
export function keysAreOn() {
  return read(KEYS) !== 'off';
}

/** @param {boolean} on */
export function setKeys(on) {
  write(KEYS, on ? 'on' : 'off');
}

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Where nothing may be stored, nothing is remembered. @param {string} name @param {string} value */
function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that forbids it said so to its owner.
  }
}
