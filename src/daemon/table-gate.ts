/**
 * Table gate: holds tables back while a hand-over is under way, so that only one process changes sockets and the kernel.
 *
 *   open ──hold──▶ held ──resume──▶ open
 *                    └──end──▶ ended: no table passes any more
 */

/** A gate that is open when it is made. */
export class TableGate {
  #held: PromiseWithResolvers<void> | undefined;
  #isEnded = false;
  #passing: Promise<unknown> = Promise.resolve();

  /** Runs `apply` when the gate is open; not at all where it has ended. */
  async pass(apply: () => Promise<void>): Promise<void> {
    while (this.#held !== undefined) await this.#held.promise;
    if (this.#isEnded) return;
    const passing = apply();
    this.#passing = passing.catch(() => {});
    await passing;
  }

  /** Resolves when what was passing has passed. */
  async hold(): Promise<void> {
    this.#held ??= Promise.withResolvers();
    await this.#passing;
  }

  resume(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Lets go of who waits, empty-handed. */
  end(): void {
    this.#isEnded = true;
    this.resume();
  }
}
