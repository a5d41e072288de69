/**
 * `svclane config view`.
 */

import { formatConfig } from '../config/format-config.ts';
import type { FlagValues } from '../config/option-layer.ts';
import { loadConfig } from './load-config.ts';

/** Prints the resolved configuration as a file that would resolve to the same. Throws as `loadConfig`. */
export function configViewCommand(flags: FlagValues): void {
  process.stdout.write(formatConfig(loadConfig(flags, process.env)));
}
