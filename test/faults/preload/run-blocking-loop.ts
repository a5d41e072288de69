/**
 * Loaded into svclane's process: at SIGWINCH the event loop stands still for two seconds, at SIGURG for six.
 */

const cell = new Int32Array(new SharedArrayBuffer(4));

process.on('SIGWINCH', () => void Atomics.wait(cell, 0, 0, 2_000));
process.on('SIGURG', () => void Atomics.wait(cell, 0, 0, 6_000));
