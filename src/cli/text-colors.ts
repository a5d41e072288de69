/**
 * The colours of what is printed as lines.
 */

import type { ColorRules } from './paint.ts';

/** Reasons of exclusion and of refusal: EP_NOT_READY. */
const CODE = String.raw`\b[A-Z]{2,}(?:_[A-Z]+)+\b`;

export const EXPLAIN_COLORS: ColorRules = [
  [/^=> (?:FORWARD|OVERRIDE)/, 'green'],
  [/^=> (?:REFUSE|DROP|NOT ROUTED)/, 'red'],
  [/^ {3}(?:would work if:| {11}or:)/, 'cyan'],
  [/^ {4}out(?= )/, 'yellow'],
  [/^\d+ [a-z]+(?= )/, 'bold'],
  [/ 0 in$| out$/, 'red'],
  [/ \d+ in$| ok$/, 'green'],
  [new RegExp(CODE), 'yellow'],
];

export const HISTORY_COLORS: ColorRules = [
  [/\brev \d+(?= )/, 'dim'],
  [/(?<= \d+ -> )0$/, 'red'],
  [/(?<= \d+ -> )\d+$/, 'green'],
  [/(?<= {3})\+ \S+/, 'green'],
  [/(?<= {3})- \S+/, 'red'],
  [/\b(?:true->false|false->true)\b/, 'yellow'],
];

export const AUDIT_COLORS: ColorRules = [
  [/^DRIFT(?= )/, 'red'],
  [/^no drift(?=,)/, 'green'],
  [/^\d+ drifts?(?=,)/, 'red'],
  [new RegExp(CODE), 'yellow'],
];

export const DOCTOR_COLORS: ColorRules = [
  [/^\[ok\]/, 'green'],
  [/^\[warn\]/, 'yellow'],
  [/^\[fail\]/, 'red'],
  [/^\[skip\]/, 'dim'],
  [/^[1-9]\d* failed\b/, 'red'],
  [new RegExp(CODE), 'yellow'],
];

export const DESCRIBE_COLORS: ColorRules = [
  [/^[A-Z][A-Za-z ]+:/, 'bold'],
  [/\b(?:not ready|terminating|idle)\b/, 'yellow'],
  [/(?<= )(?:ready|listening)(?= |$)/, 'green'],
  [/(?<= )failed(?= |$|:)/, 'red'],
  [new RegExp(CODE), 'yellow'],
];

export const ERROR_COLORS: ColorRules = [
  [/^error:/, 'red'],
  [/^warning:/, 'yellow'],
  [/^hint:/, 'cyan'],
];
