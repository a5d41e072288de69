/**
 * The kinds of value that a setting can hold, as typebox schemas.
 *
 * Each has a `description` for the documentation and `expected`, which ends the sentence "expected …" of a problem.
 */

import { type TArray, type TEnum, type TInteger, type TRefineAdd, type TSchema, type TString, Type } from 'typebox';
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { parseHostPort } from './host-port.ts';

/** Node's timers hold 2^31 - 1 ms; a longer one would fire at once. */
const LONGEST_MS = 24 * 24 * 3_600_000;

/** What a leaf says of itself. */
export interface LeafTexts {
  readonly description: string;
  readonly expected: string;
}

type Text = TRefineAdd<TString>;

/** A text that `accepts` takes; by default any. */
export function text(texts: LeafTexts, accepts: (value: string) => boolean = () => true): Text {
  return Type.Refine(Type.String({ ...texts }), accepts);
}

/** A text that may also be empty. */
export function textOrEmpty({ description, expected }: LeafTexts, accepts: (value: string) => boolean): Text {
  return text({ description, expected: `${expected}, or ""` }, (value) => value === '' || accepts(value));
}

/** One of a few words. */
export function choice<Words extends string[]>(description: string, words: readonly [...Words]): TEnum<Words> {
  const expected = words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`;
  return Type.Enum(words, { description, expected });
}

/** A Go duration of at least `least` ms, and at most what a timer can wait. */
export function duration(description: string, least: number): Text {
  const expected = `a duration such as 250ms, 2s or 1m30s, from ${formatDuration(least)} to ${formatDuration(LONGEST_MS)}`;
  return text({ description, expected }, (value) => {
    const ms = parseDuration(value);
    return ms !== undefined && ms >= least && ms <= LONGEST_MS;
  });
}

/** A whole number. */
export function whole(description: string, minimum: number, maximum: number): TInteger {
  return Type.Integer({ description, expected: `a whole number from ${minimum} to ${maximum}`, minimum, maximum });
}

/** true or false. */
export function flag(description: string): ReturnType<typeof Type.Boolean> {
  return Type.Boolean({ description, expected: 'true or false' });
}

/** A list; a problem of an entry is told in the entry's own words. */
export function list<Item extends TSchema>(description: string, items: Item): TArray<Item> {
  return Type.Array(items, { description, expected: 'a list' });
}

/** An address to bind, the port optional; "" = off. */
export function bindAddress(what: string, defaultPort: number): Text {
  const texts = {
    description: `where ${what} are served; without a port ${defaultPort}; "" = off`,
    expected: 'an IP address, with or without port, such as 127.0.0.1:8080 or [::1]:8080',
  };
  return textOrEmpty(texts, (value) => parseHostPort(value, defaultPort) !== undefined);
}
