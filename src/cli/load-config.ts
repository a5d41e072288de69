/**
 * Finds, reads and resolves the configuration. The only place where the CLI reads them.
 */

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { formatConfigProblem } from '../config/config-problem.ts';
import type { Env, FlagValues } from '../config/option-layer.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { SvclaneError } from '../errors.ts';
import { configFilePath } from './config-file-path.ts';

/** Resolves the configuration. Throws `SVL_CONFIG_UNREADABLE`, or `SVL_CONFIG_INVALID` with every problem at once. */
export function loadConfig(flags: FlagValues, env: Env): Config {
  const path = configFilePath(env, flags);
  const file = path === undefined ? undefined : { path: resolve(path), text: readConfigFile(path) };
  const result = resolveConfig({ file, env, flags, hostname: hostname() });
  if ('config' in result) return result.config;
  const lines = result.problems.map((problem) => `\n  ${formatConfigProblem(problem)}`);
  throw new SvclaneError('SVL_CONFIG_INVALID', `the configuration is not valid${lines.join('')}`, {
    hint: 'docs/configuration.md has every key; "svclane run --write-config-to FILE" writes the defaults',
  });
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_CONFIG_UNREADABLE', `cannot read the configuration ${path}: ${reason}`, {
      cause,
      hint: 'name another by --config, or write one by "svclane run --write-config-to FILE"',
    });
  }
}
