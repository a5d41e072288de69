/**
 * Log lines of the source: when a kind is listed, when its data grows stale, and when it is fresh again.
 */

import type { ResourceStatus } from '../model/source.ts';
import type { Logger } from './logging.ts';

interface Told {
  readonly state: ResourceStatus['state'];
  readonly error: string | undefined;
}

const FAILURES = {
  listing: { level: 'warn', reason: 'ListFailed', text: 'cannot list yet' },
  stale: { level: 'warn', reason: 'WatchStale', text: 'the watch is away; the last state serves' },
  synced: { level: 'debug', reason: 'SourceError', text: 'a part is not followed; the last good state serves' },
} as const;

/** Remembers what was told of each kind: a status that is published again is no news. */
export class SourceLog {
  readonly #logger: Logger;
  readonly #told = new Map<string, Told>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  changed(status: ResourceStatus): void {
    const { kind, state, error } = status;
    const before = this.#told.get(kind);
    const told = { state, error: error && `${error.code} ${error.message}` };
    if (before?.state === told.state && before.error === told.error) return;
    this.#told.set(kind, told);
    if (error && told.error !== before?.error) this.#failed(status, error);
    else if (state === 'synced' && before?.state !== 'synced') this.#synced(status, before);
    else if (state === 'stale' && before?.state !== 'stale') {
      this.#logger.warn(
        { reason: 'WatchStale', kind, objects: status.objects },
        'the watch is away; the last state serves',
      );
    }
  }

  /** A kind that is synced though something went wrong: what was wrong has been told where it was found. */
  #failed({ kind, state, objects }: ResourceStatus, error: NonNullable<ResourceStatus['error']>): void {
    const { code, message, hint } = error;
    const { level, reason, text } = FAILURES[state];
    this.#logger[level]({ reason, kind, objects, code, err: message, ...(hint === undefined ? {} : { hint }) }, text);
  }

  #synced({ kind, objects, resourceVersion }: ResourceStatus, before: Told | undefined): void {
    const recovered = before !== undefined && (before.state === 'stale' || before.error !== undefined);
    const facts = { reason: recovered ? 'WatchRecovered' : 'Listed', kind, objects, resourceVersion };
    this.#logger.info(facts, recovered ? 'up to date again' : 'listed');
  }
}
