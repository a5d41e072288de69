/**
 * What goes wrong on the way through the API server, as errors with the errno that a dial reads.
 */

/** An error of the transport: `code` is an errno. `isApi` = the API server or the way to it failed, not the pod. */
export class TransportError extends Error {
  readonly code: string;
  readonly isApi: boolean;

  constructor(code: string, message: string, { isApi = false, cause }: { isApi?: boolean; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransportError';
    this.code = code;
    this.isApi = isApi;
  }
}

/** What runtimes say, in words of the kernel or of their own. The first that matches counts. */
const PHRASES: readonly (readonly [phrase: RegExp, errno: string])[] = [
  [/connection refused/i, 'ECONNREFUSED'],
  [/connection reset|broken pipe/i, 'ECONNRESET'],
  [/timed out|timeout|deadline exceeded/i, 'ETIMEDOUT'],
  [/no route to host|unreachable/i, 'EHOSTUNREACH'],
  [/sandbox|namespace .* is closed|not found|not running|no such container/i, 'EHOSTUNREACH'],
];

/** What an error stream of port-forward said; the text is the runtime's own. */
export function streamFailure(text: string): TransportError {
  const errno = PHRASES.find(([phrase]) => phrase.test(text))?.[1] ?? 'EIO';
  return new TransportError(errno, text);
}

/** The pod, or the tunnel to it, cut the connection. */
export function cutOff(why: string, cause?: unknown): TransportError {
  return new TransportError('ECONNRESET', why, { cause });
}
