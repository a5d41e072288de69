/**
 * Loaded into svclane's process: its wall clock jumps six hours ahead at the first SIGWINCH, and twelve back at the next,
 * in turn. Timers and the monotonic clock go on, as the kernel's do when somebody sets the time.
 */

const HOUR_MS = 3_600_000;

const realNow = Date.now;
const RealDate = Date;
let offsetMs = 0;

process.on('SIGWINCH', () => {
  offsetMs = offsetMs > 0 ? -6 * HOUR_MS : 6 * HOUR_MS;
});

globalThis.Date = new Proxy(RealDate, {
  get: (target, name) => (name === 'now' ? () => realNow() + offsetMs : Reflect.get(target, name)),
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [realNow() + offsetMs] : args, self),
  apply: () => new RealDate(realNow() + offsetMs).toString(),
});
