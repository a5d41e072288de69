/**
 * The errors of svclane: one class, stable codes.
 *
 * A code never changes its meaning; `docs/errors.md` lists them all, and a test holds the two equal. What is expected
 * to happen (no eligible endpoint, a flow that ends) is a value elsewhere, not an exception.
 */

/** Every error code, with the one-line meaning that `docs/errors.md` shows. */
export const ERROR_CODES = {
  SVL_USAGE: 'the command line cannot be understood',
  SVL_NOT_FOUND: 'what was asked for does not exist',
  SVL_CONFIG_INVALID: 'the configuration has problems; each is listed with its path',
  SVL_CONFIG_UNREADABLE: 'the configuration file cannot be read',
  SVL_KUBECONFIG: 'no usable kubeconfig or context',
  SVL_API_UNREACHABLE: 'the API server cannot be reached',
  SVL_API_UNAUTHORIZED: 'the API server does not accept the credentials (401)',
  SVL_API_FORBIDDEN: 'the user lacks a right (403); verb and resource are named',
  SVL_API_RESPONSE: 'the API server answered something that cannot be used',
  SVL_MANIFESTS_UNREADABLE: 'the manifests folder or file cannot be read',
  SVL_MANIFEST_INVALID: 'a manifest file is wrong; file, document, field and line are named',
  SVL_BUNDLE_INVALID: 'a bundle is torn, foreign or does not add up; the line is named',
  SVL_BUNDLE_UNREADABLE: 'a bundle cannot be read or written',
  SVL_HISTORY_FILE: 'the history file cannot be read or written',
  SVL_LISTEN: 'an address cannot be bound',
  SVL_CAPTURE: 'Service addresses cannot be captured from the kernel',
  SVL_WORKER: 'a worker beside the first one died, or cannot be started',
  SVL_HANDOVER: 'one process cannot hand over to the next',
  SVL_DUMP_INVALID: "a dump of a proxy's rules cannot be used; what was read is named",
  SVL_DAEMON_UNREACHABLE: 'no daemon answers at the admin address',
  SVL_TOKEN: 'the token of the admin API cannot be read, made or used',
  SVL_UNAUTHORIZED: 'the daemon wants a token, or another one',
  SVL_FORBIDDEN: 'the daemon does not allow this',
  SVL_DAEMON_RESPONSE: 'the daemon answered something that cannot be used',
} as const;

/** One of the stable codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error carries beside its message. `hint` is one sentence that says what would help. */
export interface ErrorFacts {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The one error class of svclane: a stable `code`, a message for people, an optional `hint`, facts as properties. */
export class SvclaneError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, { hint, cause, facts = {} }: ErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SvclaneError';
    this.code = code;
    this.hint = hint;
    this.facts = facts;
  }
}

/** The errno code of a system error (`ECONNREFUSED`, `EADDRINUSE`, …), or `undefined` for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
