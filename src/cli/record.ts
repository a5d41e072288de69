/**
 * `svclane record`: the state of a running daemon and its changes, into a bundle.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { SvclaneError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { formatLine } from '../recording/record-lines.ts';
import { connectToDaemon, readHeaders, unreachable } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { parsePast } from './moment.ts';
import { problemError } from './problem-error.ts';
import { RecordedLines } from './recorded-lines.ts';

/** The options of `record`, as commander gives them. */
export interface RecordOptions {
  readonly output?: string;
  readonly once?: boolean;
  readonly for?: string;
  readonly since?: string;
  readonly host?: string;
}

/**
 * Records until Ctrl-C, or for `--for`; with `--once` just what there is. Resolves with the exit code. Throws `SVL_USAGE`,
 * `SVL_BUNDLE_UNREADABLE` where the file cannot be made, and `SVL_DAEMON_UNREACHABLE`, also where the daemon ends
 * meanwhile: the bundle is whole up to there.
 */
export async function recordCommand(options: RecordOptions): Promise<number> {
  const { output } = options;
  if (output === undefined) throw usage('record to which file?', 'svclane record -o run.jsonl, or -o - for stdout');
  const host = daemonHost(options.host, process.env);
  const stop = stopAfter(options);
  const lines = await requestLines(host, options, stop.signal);
  const file = output === '-' ? undefined : await createFile(output);
  const recorded = new RecordedLines(file ?? process.stdout);
  if (options.once !== true) process.stderr.write(`recording ${host} to ${output}; Ctrl-C ends it\n`);
  try {
    await copy(lines, recorded, stop.signal, host);
  } finally {
    stop.clear();
    await recorded.end(formatLine);
    await file?.close();
  }
  if (!recorded.isWhole) throw usage('it was stopped before a whole table had come', 'let it run longer');
  const { revisions } = recorded;
  process.stderr.write(`${revisions} revision${revisions === 1 ? '' : 's'} recorded to ${output}\n`);
  return 0;
}

async function copy(
  lines: AsyncIterable<Uint8Array>,
  recorded: RecordedLines,
  signal: AbortSignal,
  host: string,
): Promise<void> {
  try {
    for await (const chunk of lines) await recorded.add(chunk);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof SvclaneError) throw error;
    throw unreachable(host, error);
  }
  if (!signal.aborted && !recorded.hasEnded) throw unreachable(host, new Error('it ended while it was recorded'));
}

async function requestLines(
  host: string,
  { once = false, since }: RecordOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const query = new URLSearchParams({ follow: String(!once) });
  if (since !== undefined) query.set('since', parsePast(since, Date.now()));
  const client = connectToDaemon(host);
  const path = `/v1/bundle?${query}`;
  const response = await client
    .request({ method: 'GET', path, headers: readHeaders(process.env), signal, headersTimeout: 10_000, bodyTimeout: 0 })
    .catch((error: unknown) => {
      throw unreachable(host, error);
    });
  if (response.statusCode === 200) return response.body;
  const text = await response.body.text();
  await client.destroy();
  throw problemError(text) ?? new SvclaneError('SVL_DAEMON_RESPONSE', `the daemon answered ${response.statusCode}`);
}

/** Aborted by Ctrl-C, SIGTERM, or when the time is over. */
function stopAfter({ for: limit }: RecordOptions): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const ms = limit === undefined ? undefined : parseDuration(limit);
  if (limit !== undefined && ms === undefined) throw usage(`--for "${limit}" is no duration`, 'use --for 10m');
  const stop = (): void => controller.abort();
  const timer = ms === undefined ? undefined : setTimeout(stop, ms);
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

async function createFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'ax', 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_BUNDLE_UNREADABLE', `cannot make ${path}: ${reason}`, {
      cause,
      hint: 'name a new file',
    });
  }
}

function usage(message: string, hint: string): SvclaneError {
  return new SvclaneError('SVL_USAGE', message, { hint });
}
