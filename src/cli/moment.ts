/**
 * Times and ages as people write and read them.
 */

import { SvclaneError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';

/**
 * A revision or a time as the API takes it: `8790`, `14:02:10` (of today, or of yesterday where that is to come), a time as
 * RFC 3339, or an age `10m`. A time of day without fractions means the end of that second. Throws `SVL_USAGE`.
 */
export function parseMoment(text: string, nowMs: number): string {
  return /^\d+$/.test(text) ? text : parsePast(text, nowMs);
}

/** A time in the past as RFC 3339, from the same forms but a revision. Throws `SVL_USAGE`. */
export function parsePast(text: string, nowMs: number): string {
  const ms = ageOf(text, nowMs) ?? timeOfDay(text, nowMs) ?? dateOf(text);
  if (ms !== undefined) return new Date(ms).toISOString();
  throw new SvclaneError('SVL_USAGE', `"${text}" is no time`, {
    hint: 'use 10m, 14:02:10 or 2026-01-02T15:04:05Z',
  });
}

/** `14:02:07`, of another day with its date; in local time. */
export function formatMoment(time: string, nowMs: number): string {
  const date = new Date(time);
  const day = dayOf(date);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return day === dayOf(new Date(nowMs)) ? clock : `${day} ${clock}`;
}

function ageOf(text: string, nowMs: number): number | undefined {
  const age = parseDuration(text);
  return age === undefined ? undefined : nowMs - age;
}

function timeOfDay(text: string, nowMs: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const date = new Date(nowMs);
  date.setHours(Number(hours), Number(minutes), Number(seconds), 999);
  // The second that runs now has not ended, but is no time to come.
  if (date.getTime() > nowMs + 999) date.setDate(date.getDate() - 1);
  return date.getTime();
}

function dateOf(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function dayOf(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
