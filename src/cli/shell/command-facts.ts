/**
 * What holds for the command line as a whole, as data for its documentation.
 */

/** Every exit code and what it means. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'it went well'],
  [1, 'a failure that has no code of its own; from `explain` also: there is no such Service'],
  [2, 'the command line cannot be understood'],
  [3, 'what was asked for does not exist'],
  [4, 'found, but no client gets an endpoint: `explain`, `doctor`, `probe`'],
  [5, 'the API server, or a right, or the kubeconfig'],
  [6, 'an address cannot be bound'],
  [7, 'no daemon answers'],
  [8, 'there are differences: `audit`, `history --diff`'],
  [130, 'interrupted by Ctrl-C'],
  [143, 'ended by SIGTERM: `top`, which gives the terminal back first'],
];

/** Variables beside those of the configuration flags. */
export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['SVCLANE_HOST', 'the daemon that commands ask, as `--host`'],
  ['SVCLANE_TOKEN', 'the token of that daemon itself, in place of `--token-file`'],
  ['SVCLANE_COMPLETION_TIMEOUT', 'how long completion in a shell waits for the daemon; else `500ms`'],
  ['SVCLANE_RUN_AS', '`kubectl svclane` = help and errors call svclane so; set by the plugin'],
  ['KUBECONFIG', 'kubeconfig files, as kubectl reads them'],
  ['NODE_NAME', 'in mode node: the name of the Node, where the configuration names none'],
  ['NO_COLOR', 'no colours, where it is not empty'],
  ['FORCE_COLOR', 'colours also where the output is no terminal; `0` = none'],
  ['XDG_CONFIG_HOME', 'where the configuration and the token of a user are; else `~/.config`'],
  ['XDG_RUNTIME_DIR', "where the admin socket of a user's daemon is; else `~/.cache`"],
];

/** Files that are read or made without being named. */
export const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['~/.config/svclane/config.yaml', 'the configuration, where neither `--config` nor `SVCLANE_CONFIG` names another'],
  ['~/.config/svclane/token', 'the token of a daemon in mode dev'],
  ['$XDG_RUNTIME_DIR/svclane/admin.sock', 'the admin API of a daemon in mode dev'],
  ['/run/svclane/admin.sock', 'the admin API of a daemon in mode node; asked where the one above is not there'],
  ['/run/svclane/token', 'the token of a daemon in mode node'],
  ['~/.kube/config', 'the kubeconfig, where neither `--kubeconfig` nor `KUBECONFIG` names another'],
];
