/**
 * A bound for what the aliases of a YAML document stand for.
 */

import { EVENT_ID, type Event, YAMLException } from 'js-yaml';

/** So many values aliases may stand for in all: far more than people write, and walked through in no time. */
const MOST_VALUES = 100_000;

interface Collection {
  readonly anchor: string;
  /** Values in it so far, itself and what aliases stand for included. */
  size: number;
}

/**
 * Throws a `YAMLException` where the aliases of a document stand for too much, or for what they are in themselves: a few lines can
 * mean billions of values, and whoever walks through them never ends. Aliases of nothing are left to the parser.
 */
export function checkAliases(text: string, events: readonly Event[]): void {
  if (!events.some(({ type }) => type === EVENT_ID.ALIAS)) return;
  const check: Check = { text, sizes: new Map(), open: [{ anchor: '', size: 0 }], values: 0 };
  for (const event of events) checkEvent(check, event);
}

interface Check {
  readonly text: string;
  /** Anchor → how many values it names; absent while it is open. */
  readonly sizes: Map<string, number>;
  readonly open: Collection[];
  /** What aliases stand for, so far. */
  values: number;
}

function checkEvent(check: Check, event: Event): void {
  const { sizes, open } = check;
  switch (event.type) {
    case EVENT_ID.DOCUMENT:
      open.push({ anchor: '', size: 0 });
      return;
    case EVENT_ID.SCALAR:
      sizes.set(anchorOf(check, event), 1);
      add(check, 1);
      return;
    case EVENT_ID.ALIAS:
      addAlias(check, event.anchorStart, anchorOf(check, event));
      return;
    case EVENT_ID.POP: {
      const closed = open.pop();
      if (closed) sizes.set(closed.anchor, closed.size);
      add(check, closed?.size ?? 0);
      return;
    }
    default: {
      const anchor = anchorOf(check, event);
      sizes.delete(anchor);
      open.push({ anchor, size: 1 });
    }
  }
}

function addAlias(check: Check, offset: number, anchor: string): void {
  const size = check.sizes.get(anchor);
  if (size === undefined) YAMLException.throwAt(check.text, offset, `alias "${anchor}" stands within what it names`);
  check.values += size;
  add(check, size);
  if (check.values <= MOST_VALUES) return;
  YAMLException.throwAt(check.text, offset, `aliases stand for too much: expected ${MOST_VALUES} values at most`);
}

function add({ open }: Check, size: number): void {
  const inner = open.at(-1);
  if (inner) inner.size += size;
}

function anchorOf({ text }: Check, { anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }): string {
  return anchorStart < 0 ? '' : text.slice(anchorStart, anchorEnd);
}
