/**
 * A pause that blocks the thread: at exit there is no event loop any more to wait in.
 */

export function pauseSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
