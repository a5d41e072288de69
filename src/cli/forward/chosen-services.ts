/**
 * The Services that `--all`, `-A` or `-l` chooses: as the API server says, they come and go.
 */

import { serviceKey } from '../../model/service.ts';

/** Told of by a watch, followed by whoever makes lanes. */
export class ChosenServices {
  /** Called with each change; one listener. */
  onChange: () => void = () => undefined;
  readonly #keys = new Set<string>();

  /** By `namespace/name`. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(namespace: string, name: string): void {
    this.#keys.add(serviceKey(namespace, name));
    this.onChange();
  }

  delete(namespace: string, name: string): void {
    if (this.#keys.delete(serviceKey(namespace, name))) this.onChange();
  }
}
