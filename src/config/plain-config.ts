/**
 * The configuration of whoever has no file, no variables, and a few flags: what `resolveConfig` gives, without the schemas,
 * which take longer to load than everything else that such a start needs.
 */

import { ALGORITHMS } from '../model/service.ts';
import { isNetworkListen, parseAdminListen } from './admin-listen.ts';
import { buildConfig } from './build-config.ts';
import type { Config } from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { defaultSettings } from './default-settings.ts';
import { FLAGS } from './flags.ts';
import type { Env, FlagValues } from './option-layer.ts';
import type { Settings } from './schema.ts';

const TRANSPORTS = ['auto', 'direct', 'apiserver'] as const;

/** Each puts its flag's value into the settings; `undefined` = that is for `resolveConfig` to judge. */
const SETTERS: Readonly<Record<string, (settings: Settings, value: string) => Settings | undefined>> = {
  mode: (settings, value) => (value === 'dev' ? settings : undefined),
  source: (settings, value) => (value === settings.source ? settings : undefined),
  namespace: (settings, value) => (value === '' ? settings : undefined),
  lane: (settings, value) => (value === '' ? settings : undefined),
  kubeconfig: (settings, kubeconfig) => {
    return { ...settings, clientConnection: { ...settings.clientConnection, kubeconfig } };
  },
  context: (settings, context) => ({ ...settings, clientConnection: { ...settings.clientConnection, context } }),
  transport: (settings, value) => {
    const transport = TRANSPORTS.find((known) => known === value);
    return transport && { ...settings, transport };
  },
  algorithm: (settings, value) => {
    const algorithm = ALGORITHMS.find((known) => known === value);
    return algorithm && { ...settings, defaults: { ...settings.defaults, algorithm } };
  },
  'admin-listen': (settings, listen) => {
    const isPlain = listen === '' || listen === 'auto' || parseAdminListen(listen) !== undefined;
    return isPlain && !isNetworkListen(listen) ? { ...settings, admin: { ...settings.admin, listen } } : undefined;
  },
};

/**
 * The frozen Config of mode dev, where there is no file; `undefined` = there is more to it, or something is wrong:
 * `resolveConfig` knows.
 */
export function plainConfig(env: Env, flags: FlagValues): Config | undefined {
  if (FLAGS.some(({ env: name }) => env[name])) return undefined;
  let settings: Settings | undefined = defaultSettings('dev');
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    settings = typeof value === 'string' ? SETTERS[name]?.(settings, value) : undefined;
    if (settings === undefined) return undefined;
  }
  return deepFreeze(buildConfig(settings, '', env));
}
