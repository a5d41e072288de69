/**
 * Live ServicePorts: those behind the frontends that are served, by key, and what a table's difference changed of them.
 */

import type { ServicePortChange } from '../balancing/picker.ts';
import type { ServicePort } from '../model/route.ts';

interface Use {
  servicePort: ServicePort;
  frontends: number;
}

/** Each is kept as long as a frontend leads to it. */
export class LiveServicePorts {
  readonly #uses = new Map<string, Use>();
  /** As they were before the change under way. */
  readonly #before = new Map<string, ServicePort | undefined>();

  /** The ServicePort of the table in force; `undefined` = no frontend leads to it. */
  get(key: string): ServicePort | undefined {
    return this.#uses.get(key)?.servicePort;
  }

  /** A frontend leads to it. The object given last counts. */
  retain(servicePort: ServicePort): void {
    const use = this.#touch(servicePort.key);
    if (use === undefined) this.#uses.set(servicePort.key, { servicePort, frontends: 1 });
    else {
      use.servicePort = servicePort;
      use.frontends += 1;
    }
  }

  /** A frontend leads to it no more. */
  release({ key }: ServicePort): void {
    const use = this.#touch(key);
    if (use === undefined) return;
    use.frontends -= 1;
    if (use.frontends === 0) this.#uses.delete(key);
  }

  /** What has changed since the last call. */
  takeChanges(): readonly ServicePortChange[] {
    const changes: ServicePortChange[] = [];
    for (const [key, before] of this.#before) {
      const after = this.get(key);
      if (after !== before) changes.push({ before, after });
    }
    this.#before.clear();
    return changes;
  }

  #touch(key: string): Use | undefined {
    const use = this.#uses.get(key);
    if (!this.#before.has(key)) this.#before.set(key, use?.servicePort);
    return use;
  }
}
