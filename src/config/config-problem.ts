/**
 * What is wrong with a configuration, told so that a person can put it right.
 */

/** One thing wrong. `message` says what was found and what would be right. */
export interface ConfigProblem {
  /** The key in the file's form, `defaults.connect.timeout`, `lanes[1].listen`; "" = the file as a whole. */
  readonly path: string;
  /** Who said it: `config.yaml:12`, `--log-level`, `SVCLANE_LOG_LEVEL`, or `host name`. */
  readonly where: string;
  /** The line in the file, from 1; absent for flags and environment. */
  readonly line?: number;
  readonly message: string;
}

/** Keys and list indices from the top of the file. */
export type SettingPath = readonly (string | number)[];

/** `lanes[1].listen` */
export function formatPath(path: SettingPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** One line for one problem: `config.yaml:12: logging.level: expected …`. */
export function formatConfigProblem({ where, path, message }: ConfigProblem): string {
  return path === '' ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}
