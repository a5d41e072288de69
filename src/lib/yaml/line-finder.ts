/**
 * Where in the text of a YAML document a value stands.
 */

import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';

/** Keys and list indices from the top of a document. */
export type YamlPath = readonly (string | number)[];

/** Looks up lines in one document. What it has looked through it remembers, so that the items of a long list cost little each. */
export class LineFinder {
  readonly #text: string;
  readonly #events: readonly Event[];
  /** Index of the document's outermost value among the events. */
  readonly #root: number;
  /** Index of a collection → the indices of what is directly in it; of a mapping, keys and values in turn. */
  readonly #children = new Map<number, readonly number[]>();
  /** Offsets at which lines begin. */
  #starts: readonly number[] | undefined;

  /** `events` as js-yaml's parser has made them of `text`. */
  constructor(text: string, events: readonly Event[], root: number) {
    this.#text = text;
    this.#events = events;
    this.#root = root;
  }

  /**
   * The line, from 0, of what is at `path`, or of the deepest part of the path that exists. `key`: of the key itself,
   * which can stand on an earlier line than its value. An alias is not followed.
   */
  lineOf(path: YamlPath, part: 'key' | 'value' = 'value'): number {
    let offset = this.#offsetOf(this.#root) ?? 0;
    let node = this.#root;
    for (const [depth, step] of path.entries()) {
      const place = this.#step(node, step);
      if (place === undefined) break;
      node = place.value;
      const isKey = part === 'key' && depth === path.length - 1 && place.key !== undefined;
      offset = (isKey ? undefined : this.#offsetOf(node)) ?? this.#offsetOf(place.key) ?? this.#dashOf(place) ?? offset;
    }
    return this.#lineAt(offset);
  }

  #step(node: number, step: string | number): Place | undefined {
    const children = this.#childrenOf(node);
    if (this.#events[node]?.type === EVENT_ID.SEQUENCE) {
      const value = children[Number(step)];
      return value === undefined ? undefined : { key: undefined, value, list: children };
    }
    const at = children.findIndex((child, index) => index % 2 === 0 && this.#textOf(child) === String(step));
    const [key, value] = at < 0 ? [] : children.slice(at, at + 2);
    return value === undefined ? undefined : { key, value, list: [] };
  }

  #childrenOf(node: number): readonly number[] {
    const known = this.#children.get(node);
    if (known) return known;
    const children: number[] = [];
    for (let index = node + 1, depth = isCollection(this.#events[node]) ? 1 : 0; depth > 0; index++) {
      const event = this.#events[index];
      if (event === undefined || event.type === EVENT_ID.POP) depth -= 1;
      else if (depth === 1) children.push(index);
      if (isCollection(event)) depth += 1;
    }
    this.#children.set(node, children);
    return children;
  }

  #textOf(index: number): string | undefined {
    const event = this.#events[index];
    return event?.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, event) : undefined;
  }

  /** Where a value begins; `undefined` = it is empty and stands nowhere. */
  #offsetOf(index: number | undefined): number | undefined {
    const event = index === undefined ? undefined : this.#events[index];
    if (event?.type === EVENT_ID.SCALAR) return scalarOffset(event);
    if (event?.type === EVENT_ID.ALIAS) return event.anchorStart;
    return event && 'start' in event ? event.start : undefined;
  }

  /** Where the dash of an empty entry of a list stands: that many dashes behind the last thing that stands anywhere. */
  #dashOf({ value, list }: Place): number | undefined {
    let before = value - 1;
    while (before > this.#root && this.#endOf(before) === undefined) before -= 1;
    const empty = list.filter((entry) => entry > before && entry <= value).length;
    const dashes = this.#text.slice(this.#endOf(before) ?? 0).matchAll(/(?<![^\r\n])[ \t]*-(?![^ \t\r\n])/g);
    const [dash] = [...dashes.take(empty)].slice(-1);
    return dash && (this.#endOf(before) ?? 0) + dash.index;
  }

  /** Where the beginning of a collection, or anything else as a whole, is over. */
  #endOf(index: number): number | undefined {
    const event = this.#events[index];
    if (event?.type === EVENT_ID.SCALAR) return event.valueEnd < 0 ? scalarOffset(event) : event.valueEnd;
    return this.#offsetOf(index);
  }

  #lineAt(offset: number): number {
    this.#starts ??= [0, ...[...this.#text.matchAll(/\r\n?|\n/g)].map(({ 0: end, index }) => index + end.length)];
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** What a step of a path leads to. `list` has what is in the list that was stepped into. */
interface Place {
  readonly key: number | undefined;
  readonly value: number;
  readonly list: readonly number[];
}

function isCollection(event: Event | undefined): boolean {
  return event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.DOCUMENT;
}

function scalarOffset({ style, valueStart, anchorStart, tagStart }: ScalarEvent): number | undefined {
  const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
  // The text of a block begins on the line after its mark.
  const start = isBlock ? valueStart - 1 : valueStart;
  return [start, anchorStart, tagStart].find((offset) => offset >= 0);
}
