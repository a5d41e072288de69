/**
 * The error of capture, with the hint that fits its cause.
 */

import { SvclaneError } from '../errors.ts';
import { ToolError } from './run-tool.ts';

const NOT_PERMITTED = /operation not permitted|permission denied|must be root/i;

/** `SVL_CAPTURE` for what was being done; the tool's own words are in the message, what would help in the hint. */
export function captureError(what: string, cause: unknown): SvclaneError {
  if (cause instanceof SvclaneError) return cause;
  const hint = hintFor(cause);
  const message = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new SvclaneError('SVL_CAPTURE', message, hint === undefined ? { cause } : { cause, hint });
}

function hintFor(cause: unknown): string | undefined {
  if (!(cause instanceof ToolError)) return undefined;
  if (cause.missing) return 'install the packages nftables and iproute2';
  if (!NOT_PERMITTED.test(cause.stderr)) return undefined;
  return 'run as root or with CAP_NET_ADMIN (systemd: the drop-in svclane-node.conf), or set host.capture to none';
}
