/**
 * The configuration: flag over environment over file over default.
 *
 *   file text ──▶ fileLayer ─┐
 *   env ────────▶ envLayer ──┼─▶ settings of each, problems of all ──▶ joined over defaultSettings(mode) ──▶ Config
 *   flags ──────▶ flagLayer ─┘
 */

import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { isNetworkListen } from './admin-listen.ts';
import { parseAdminToken } from './admin-token.ts';
import { buildConfig, canonicalNodeName } from './build-config.ts';
import { checkLanes } from './check-lanes.ts';
import type { Config } from './config.ts';
import { type ConfigProblem, formatPath } from './config-problem.ts';
import { deepFreeze } from './deep-freeze.ts';
import { defaultSettings } from './default-settings.ts';
import { type ConfigFile, fileLayer } from './file-layer.ts';
import { type Layer, overlay, valueAt } from './layer.ts';
import { isNodeName } from './names.ts';
import { type Env, envLayer, type FlagValues, flagLayer } from './option-layer.ts';
import { SETTINGS, type Settings } from './schema.ts';

/** Everything that configuration is made of. `flags` by name without dashes; `hostname` as the system has it. */
export interface ConfigInput {
  readonly file?: ConfigFile | undefined;
  readonly env: Env;
  readonly flags: FlagValues;
  readonly hostname: string;
}

export type ResolvedConfig = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] };

/** The frozen Config, or every problem there is, in the order file, environment, flags, then rules between keys. */
export function resolveConfig({ file, env, flags, hostname }: ConfigInput): ResolvedConfig {
  const layers = [...(file ? [fileLayer(file)] : []), envLayer(env), flagLayer(flags)];
  const settings = joinLayers(layers);
  const node = machineNodeName(settings, env, hostname);
  const problems = [
    ...layers.flatMap((layer) => layer.problems),
    ...laneProblems(layers, settings.scope.namespaces),
    ...adminProblems(layers, settings, env),
    ...('problem' in node ? [node.problem] : []),
  ];
  if (problems.length > 0 || 'problem' in node) return { problems };
  return { config: deepFreeze(buildConfig(settings, node.name, env)) };
}

function joinLayers(layers: readonly Layer[]): Settings {
  const given = layers.reduce<unknown>((lower, { settings }) => overlay(lower, settings), {});
  const joined = overlay(defaultSettings(valueAt(given, ['mode']) === 'node' ? 'node' : 'dev'), given);
  if (!isSettings(joined)) throw new TypeError('layers were not checked');
  return joined;
}

/** Lists come whole from one layer, where each entry was checked: of thousands of lanes once is enough. */
function isSettings(joined: unknown): joined is Settings {
  return Value.Check(AROUND_LANES, joined);
}

const AROUND_LANES = Type.Object(
  { ...SETTINGS.properties, lanes: Type.Array(Type.Unknown()) },
  { additionalProperties: false },
);

function laneProblems(layers: readonly Layer[], namespaces: readonly string[]): ConfigProblem[] {
  const layer = layers.findLast(({ given }) => valueAt(given, ['lanes']) !== undefined);
  const lanes = valueAt(layer?.given, ['lanes']);
  if (!layer || !Array.isArray(lanes)) return [];
  return checkLanes(lanes, namespaces).map(({ path, message }) => ({
    path: formatPath(path),
    ...layer.originOf(path),
    message,
  }));
}

/** Who may ask from other machines has to show that he may. */
function adminProblems(layers: readonly Layer[], { admin, mode }: Settings, env: Env): ConfigProblem[] {
  const path = ['admin', 'listen'];
  const layer = layers.findLast(({ given }) => valueAt(given, path) !== undefined);
  if (!layer || !isNetworkListen(admin.listen) || parseAdminToken(admin.token, mode, env)) return [];
  const message = `${JSON.stringify(admin.listen)} can be reached from other machines: set admin.token to auto or file:/PATH`;
  return [{ path: formatPath(path), ...layer.originOf(path), message }];
}

/** What the machine calls its Node. Source: kube-proxy takes the host name, manifests hand spec.nodeName as NODE_NAME. */
function machineNodeName(
  { mode, nodeName }: Settings,
  env: Env,
  hostname: string,
): { readonly name: string } | { readonly problem: ConfigProblem } {
  if (mode === 'dev' || nodeName !== '') return { name: '' };
  const name = canonicalNodeName(env.NODE_NAME || hostname);
  if (isNodeName(name)) return { name };
  const where = env.NODE_NAME ? 'NODE_NAME' : 'host name';
  const message = `expected the name of a Node, not ${JSON.stringify(name)}: set nodeName or --hostname-override`;
  return { problem: { path: 'nodeName', where, message } };
}
