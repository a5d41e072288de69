/**
 * svclane without telemetry, for the comparison alone: loaded before its program, it makes the channels of the data path
 * dumb. Nobody can subscribe to them, so that no metrics, log lines, events or rates are made of flows, and the data path
 * goes by them as it does where nobody listens. The counters in flows themselves stay, since limits and idle times need them.
 */

import { createRequire, syncBuiltinESMExports } from 'node:module';

const DATA_PATH = /^svclane:(flow|dial|datagram|wait):/;

const DUMB = {
  hasSubscribers: false,
  publish(): void {},
  subscribe(): void {},
  unsubscribe(): void {},
};

const module: typeof import('node:diagnostics_channel') = createRequire(import.meta.url)('node:diagnostics_channel');
const { channel } = module;
Object.assign(module, {
  channel: (name: string) => (DATA_PATH.test(name) ? DUMB : channel(name)),
});
syncBuiltinESMExports();
