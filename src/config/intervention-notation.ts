/**
 * What overrides and faults have in common, as it is written: a Service port, a share, and how long it lasts.
 *
 * The texts are the same in the API and on the command line, so that they are read in one place.
 */

import { parseDuration } from '../lib/duration.ts';
import type { Protocol } from '../model/address.ts';
import { isPort } from './names.ts';

const LONGEST_TTL_MS = 24 * 3_600_000;
const SHORTEST_TTL_MS = 1000;

/** One text that is wrong: its field, and what would be right. */
export interface NotationProblem {
  readonly field: string;
  readonly message: string;
}

/** Reads texts, and collects what is wrong with them. */
export class NotationReader {
  readonly problems: NotationProblem[] = [];

  /** `undefined`, and a problem, where `value` is. */
  read<T>(field: string, text: string, expected: string, value: T | undefined): T | undefined {
    if (value === undefined)
      this.problems.push({ field, message: `expected ${expected}, not ${JSON.stringify(text)}` });
    return value;
  }

  missing(field: string, expected: string): undefined {
    this.problems.push({ field, message: `needed: ${expected}` });
  }

  /** From one second to a day; there is none without. */
  ttl(text: string | undefined): number | undefined {
    const expected = 'how long it lasts, such as 10m or 2h, from 1s to 24h';
    if (text === undefined || text === '') return this.missing('ttl', expected);
    const ms = parseDuration(text);
    return this.read('ttl', text, expected, within(ms, SHORTEST_TTL_MS, LONGEST_TTL_MS));
  }

  /** `http`, `80`, `53/udp`; "" and `undefined` = every port. */
  port(text: string | undefined): { readonly port: string; readonly protocol: Protocol | undefined } | undefined {
    if (text === undefined || text === '') return { port: '', protocol: undefined };
    return this.read('port', text, 'the name or the number of a port, such as http, 80 or 53/udp', parsePort(text));
  }

  /** Above 0 to 100, in per cent; `undefined` = 0. */
  percent(field: string, text: string | undefined): number {
    if (text === undefined) return 0;
    return this.read(field, text, 'a share such as 2% or 0.5%, above 0% to 100%', parsePercent(text)) ?? 0;
  }
}

/** `20%`: above 0 to 100. */
export function parsePercent(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text.trim()) ?? [];
  const percent = Number(digits);
  return percent > 0 && percent <= 100 ? percent : undefined;
}

/** The number itself where it lies between the two, both included. */
export function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

function parsePort(text: string): { readonly port: string; readonly protocol: Protocol | undefined } | undefined {
  const [, port = '', protocol] = /^([^/@]+)(?:[/@](tcp|udp))?$/i.exec(text.trim()) ?? [];
  if (!isPort(port)) return undefined;
  return { port, protocol: protocol === undefined ? undefined : protocol.toUpperCase() === 'TCP' ? 'TCP' : 'UDP' };
}
