/**
 * How a fault is written: `latency 300ms±50ms`, `reset 2%`, `refuse`, `blackhole`, `rate 64KiB/s`, for `10m`.
 */

import { parseDuration } from '../lib/duration.ts';
import type { Fault } from '../model/fault.ts';
import { type NotationProblem, NotationReader, within } from './intervention-notation.ts';

const LONGEST_LATENCY_MS = 60_000;
const HIGHEST_RATE = 10 * 1024 ** 3;

/** The texts of one fault. */
export interface FaultTexts {
  readonly namespace: string;
  readonly service: string;
  /** `http`, `80`, `53/udp`; absent = every port. */
  readonly port?: string;
  /** `300ms`, `300ms±50ms`, `300ms~50ms`. */
  readonly latency?: string;
  /** Instead of what stands behind the `±`. */
  readonly jitter?: string;
  readonly reset?: string;
  readonly refuse?: string;
  readonly blackhole?: string;
  /** `64KiB/s`, `1MB/s`, `10Mbit/s`. */
  readonly rate?: string;
  readonly ttl?: string;
}

export type ParsedFault =
  | { readonly fault: Fault; readonly ttlMs: number }
  | { readonly problems: readonly NotationProblem[] };

/** The fault that the texts mean, or everything that is wrong with them. */
export function parseFault(texts: FaultTexts): ParsedFault {
  const reader = new NotationReader();
  const { namespace, service, reset, refuse, blackhole, rate } = texts;
  const port = reader.port(texts.port);
  const latency = readLatency(reader, texts);
  const effects = {
    ...latency,
    resetPercent: reader.percent('reset', reset),
    refusePercent: reader.percent('refuse', refuse),
    blackholePercent: reader.percent('blackhole', blackhole),
    bytesPerSecond: rate === undefined ? 0 : (reader.read('rate', rate, RATE, parseRate(rate)) ?? 0),
  };
  const ttlMs = reader.ttl(texts.ttl);
  const { problems } = reader;
  if (problems.length === 0 && Object.values(effects).every((effect) => effect === 0)) {
    reader.missing('fault', 'at least one of latency, reset, refuse, blackhole and rate');
  }
  if (!port || ttlMs === undefined || problems.length > 0) return { problems };
  return { fault: { namespace, service, ...port, ...effects }, ttlMs };
}

const LATENCY = 'a duration such as 300ms, or 300ms±50ms (also 300ms~50ms), from 1ms to 1m';
const JITTER = 'a duration such as 50ms, at most the latency';
const RATE = 'bytes a second such as 64KiB/s, 500KB/s or 10Mbit/s, from 1B/s to 10GiB/s';

/** A jitter above the latency would have to deliver what has not been sent. */
function readLatency(
  reader: NotationReader,
  { latency, jitter }: FaultTexts,
): { readonly latencyMs: number; readonly jitterMs: number } {
  const [first = '', second = jitter] = latency?.split(/±|~|\+-/, 2) ?? [];
  const latencyMs = latency === undefined ? 0 : within(parseDuration(first.trim()), 1, LONGEST_LATENCY_MS);
  if (latencyMs === undefined) reader.read('latency', latency ?? '', LATENCY, undefined);
  const isTwice = jitter !== undefined && second !== jitter;
  const jitterMs = second === undefined ? 0 : within(parseDuration(second.trim()), 0, latencyMs ?? LONGEST_LATENCY_MS);
  if (isTwice) reader.read('jitter', jitter, 'no jitter beside the one of the latency', undefined);
  else if (jitterMs === undefined)
    reader.read(jitter === undefined ? 'latency' : 'jitter', second ?? '', JITTER, undefined);
  return { latencyMs: latencyMs ?? 0, jitterMs: jitterMs ?? 0 };
}

/** Bytes a second, rounded; `/s` may be left out. */
function parseRate(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]+)(?:\/s)?$/.exec(text.trim()) ?? [];
  const size = UNIT_BYTES.get(unit);
  return amount === undefined || size === undefined
    ? undefined
    : within(Math.round(Number(amount) * size), 1, HIGHEST_RATE);
}

const UNIT_BYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ...sizes(1, ['', 'B']),
  ['bit', 1 / 8],
  ...sizes(1 / 8, ['bit']),
]);

/** `K`, `KB`, `Ki`, `KiB` and so on: decimal without the `i`. */
function sizes(one: number, ends: readonly string[]): [string, number][] {
  return ['K', 'M', 'G'].flatMap((letter, index) =>
    ends.flatMap((end): [string, number][] => {
      const names = letter === 'K' ? ['K', 'k'] : [letter];
      return names.flatMap((name): [string, number][] => [
        [`${name}${end}`, one * 1000 ** (index + 1)],
        [`${name}i${end}`, one * 1024 ** (index + 1)],
      ]);
    }),
  );
}
