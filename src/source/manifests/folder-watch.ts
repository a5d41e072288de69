/**
 * Word from the system that something in a folder changed. A convenience: whoever uses it polls as well.
 */

import { type FSWatcher, watch } from 'node:fs';

/** Watches one folder at a time. Closed by its owner. */
export interface FolderWatch {
  /**
   * Watches `folder` from here on, anew where `id` differs from the last call's. Whether a watch was begun: what changed
   * before it has to be looked for. Never throws.
   */
  follow(folder: string, id: string): boolean;
  /** Ends the watch; a later `follow` begins another. */
  close(): void;
}

/** Creates a watch that calls `changed`, any number of times a change. It does not keep the process alive. */
export function createFolderWatch(changed: () => void): FolderWatch {
  let watcher: FSWatcher | undefined;
  let watched = '';
  const close = () => {
    watcher?.close();
    watcher = undefined;
    watched = '';
  };
  return {
    follow(folder, id) {
      if (watched === id) return false;
      close();
      watcher = tryWatch(folder, changed, close);
      if (watcher) watched = id;
      return watcher !== undefined;
    },
    close,
  };
}

/** `undefined` where the system has no watch to give: the poll goes on alone, and the next `follow` tries again. */
function tryWatch(folder: string, changed: () => void, lost: () => void): FSWatcher | undefined {
  try {
    return watch(folder, { persistent: false }, changed).on('error', lost);
  } catch {
    return undefined;
  }
}
