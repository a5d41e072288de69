/**
 * Questions to another thread, answered by number.
 */

/** Those of one thread. */
export class Questions {
  readonly #open = new Map<number, (answer: boolean) => void>();
  #last = 0;

  /** Asks by this number; resolves with the answer. */
  ask(send: (request: number) => void): Promise<boolean> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve) => {
      this.#open.set(request, resolve);
      send(request);
    });
  }

  answered(request: number, answer: boolean): void {
    this.#open.get(request)?.(answer);
    this.#open.delete(request);
  }

  /** There will be no answers: to all that is open it is `false`. */
  close(): void {
    for (const request of [...this.#open.keys()]) this.answered(request, false);
  }
}
