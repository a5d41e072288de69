/**
 * Where the token of the admin API is: `auto`, a file of one's own, or none.
 */

type Env = Readonly<Record<string, string | undefined>>;

/** The file of a token. `create` = it is made where it is missing; else it has to be there. */
export interface AdminToken {
  readonly path: string;
  readonly create: boolean;
}

/** What `admin.token` means: `auto`, `file:/PATH`, or `undefined` for "" and where `auto` knows no folder. */
export function parseAdminToken(text: string, mode: 'dev' | 'node', env: Env): AdminToken | undefined {
  if (text === 'auto') {
    const path = defaultTokenPath(mode, env);
    return path === undefined ? undefined : { path, create: true };
  }
  const path = tokenFile(text);
  return path === undefined ? undefined : { path, create: false };
}

/** The setting that says the same. */
export function formatAdminToken(token: AdminToken | undefined): string {
  if (!token) return '';
  return token.create ? 'auto' : `file:${token.path}`;
}

/** Whether `text` is one of the three forms. */
export function isAdminToken(text: string): boolean {
  return text === '' || text === 'auto' || tokenFile(text) !== undefined;
}

/**
 * The file of `auto`: on a node in systemd's `RUNTIME_DIRECTORY`, else /run/svclane; for development in
 * `XDG_CONFIG_HOME`, else `~/.config`. `undefined` = none of these is known.
 */
export function defaultTokenPath(mode: 'dev' | 'node', env: Env): string | undefined {
  // systemd separates several RuntimeDirectory= by colons; the first is ours.
  if (mode === 'node') return `${env.RUNTIME_DIRECTORY?.split(':')[0] || '/run/svclane'}/token`;
  const folder = env.XDG_CONFIG_HOME || (env.HOME && `${env.HOME}/.config`);
  return folder ? `${folder}/svclane/token` : undefined;
}

function tokenFile(text: string): string | undefined {
  return /^file:(\/[^\0]+)$/.exec(text)?.[1];
}
