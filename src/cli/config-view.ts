/**
 * `svclane config view`, `validate` and `defaults`: what needs no daemon.
 */

import { formatConfig, writeDefaults } from '../config/format-config.ts';
import type { FlagValues } from '../config/option-layer.ts';
import { SvclaneError } from '../errors.ts';
import { configFilePath } from './config-file-path.ts';
import { loadConfig } from './load-config.ts';

/** Prints the resolved configuration as a file that would resolve to the same. Throws as `loadConfig`. */
export function configViewCommand(flags: FlagValues): void {
  process.stdout.write(formatConfig(loadConfig(flags, process.env)));
}

/** Says that the configuration is valid. Throws as `loadConfig`, with every problem at once. */
export function configValidateCommand(flags: FlagValues): void {
  loadConfig(flags, process.env);
  const path = configFilePath(process.env, flags);
  process.stdout.write(
    path === undefined ? 'valid: flags, environment and defaults; there is no file\n' : `${path}: valid\n`,
  );
}

/** Prints the defaults of a mode as a file, with what each key means. Throws `SVL_USAGE`. */
export function configDefaultsCommand({ mode = 'dev' }: { readonly mode?: string }): void {
  if (mode !== 'dev' && mode !== 'node') {
    throw new SvclaneError('SVL_USAGE', `there is no mode "${mode}"`, { hint: 'modes are dev and node' });
  }
  process.stdout.write(writeDefaults(mode));
}
