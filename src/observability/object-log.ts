/**
 * Log lines of API objects: what was wrong with one is told once, not each time it is delivered again.
 */

import type { Rejection } from '../model/source.ts';
import type { SyncMessage } from './channels.ts';
import type { Logger } from './logging.ts';

/** So many objects are remembered; the one that was told of first is forgotten. */
const MAX_REMEMBERED = 10_000;

/** Remembers, by object, the problems that were told. */
export class ObjectLog {
  readonly #logger: Logger;
  readonly #told = new Map<string, ReadonlySet<string>>();
  readonly #conflicts = new Map<string, ReadonlySet<string>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One line for each problem that was not told of this object at its last delivery. */
  rejected({ kind, namespace, name, skipped, problems, where }: Rejection): void {
    const object = `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
    const key = where === undefined ? object : `${object} ${where}`;
    const before = this.#told.get(key);
    remember(this.#told, key, new Set(problems.map(({ code, path, message }) => `${code} ${path} ${message}`)));
    for (const { code, path, message } of problems) {
      if (before?.has(`${code} ${path} ${message}`)) continue;
      const place = where === undefined ? {} : { where };
      const facts = { reason: skipped ? 'ObjectSkipped' : 'ObjectProblem', object, code, path, ...place };
      this.#logger.warn(facts, message);
    }
  }

  /** Frontends that a Service claims and another one owns: told when the conflict begins, and when it ends. */
  synced({ table, diff }: SyncMessage): void {
    for (const service of diff.services) {
      const before = this.#conflicts.get(service);
      const conflicts = table.services.get(service)?.conflicts ?? [];
      const now = new Set(conflicts.map(({ frontend, owner }) => `${frontend.key} ${owner}`));
      if (now.size > 0) remember(this.#conflicts, service, now);
      else this.#conflicts.delete(service);
      for (const { frontend, owner } of conflicts) {
        if (before?.has(`${frontend.key} ${owner}`)) continue;
        const facts = { reason: 'FrontendConflict', svc: service, frontend: frontend.key, owner };
        this.#logger.warn(facts, 'another Service owns this address');
      }
      if (before && now.size === 0)
        this.#logger.info({ reason: 'FrontendConflictEnded', svc: service }, 'no conflict left');
    }
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_REMEMBERED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
