/**
 * Routes that were replaced lately. To make them again costs the endpoints that they have, so that of the newest changes they
 * are kept: a table of a while ago then costs no more than to put them back.
 */

import { Queue } from '../lib/queue.ts';
import type { ServiceRoutes } from '../model/route.ts';

/** They take some kilobytes each. */
const KEPT_ROUTES = 2_000;

/** A version that may have its routes. */
interface KeptVersion {
  kept: ServiceRoutes | undefined;
}

/** The routes of the last `max` versions that were replaced. */
export class KeptRoutes {
  readonly #max: number;
  readonly #versions = new Queue<KeptVersion>();

  constructor(max = KEPT_ROUTES) {
    this.#max = max;
  }

  /** `routes` are those of a version that is replaced. */
  add(version: KeptVersion, routes: ServiceRoutes | undefined): void {
    if (!routes || this.#max === 0) return;
    version.kept = routes;
    this.#versions.push(version);
    if (this.#versions.length <= this.#max) return;
    const oldest = this.#versions.shift();
    if (oldest) oldest.kept = undefined;
  }
}
