/**
 * One thing that happens, and who wants to hear of it.
 */

/**
 * @template T
 * @typedef {object} Signal
 * @property {(listener: (value: T) => void) => void} listen
 * @property {(value: T) => void} emit
 */

/**
 * @template T
 * @returns {Signal<T>}
 */
export function createSignal() {
  /** @type {((value: T) => void)[]} */
  const listeners = [];
  return {
    listen: (listener) => void listeners.push(listener),
    emit(value) {
      for (const listener of listeners) listener(value);
    },
  };
}
