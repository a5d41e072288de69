/**
 * Opening a listener: at the binding that capture gives, or at another one while that is taken.
 */

import { errnoOf, SvclaneError } from '../errors.ts';
import { formatHostPort } from '../model/address.ts';
import type { Binding, Capture } from '../model/capture.ts';
import { listenHint } from '../model/listen-hint.ts';
import type { FrontendEntry } from './frontend-entry.ts';

/** Other bindings tried, where the first is taken. */
const MAX_REBINDS = 5;

/** Opens the entry's socket. `true` = its binding has moved, and must be committed again. Throws `SVL_LISTEN`. */
export async function openListener(entry: FrontendEntry, capture: Capture): Promise<boolean> {
  const { frontend, listener } = entry;
  let binding: Binding = entry.isCaptured ? capture.bindingOf(frontend) : frontend;
  for (let rebinds = 0; ; rebinds++) {
    entry.binding = { address: binding.address, port: binding.port };
    try {
      await listener.open(entry.binding);
      return rebinds > 0;
    } catch (error) {
      const canMove = entry.isCaptured && rebinds < MAX_REBINDS && errnoOf(error) === 'EADDRINUSE';
      const other = canMove ? capture.rebind(frontend) : undefined;
      if (other === undefined) throw listenError(entry, binding, error);
      binding = other;
    }
  }
}

function listenError({ frontend }: FrontendEntry, binding: Binding, cause: unknown): SvclaneError {
  const errno = errnoOf(cause) ?? 'EIO';
  const where = formatHostPort(binding.address, binding.port);
  const message = `cannot listen on ${where} (${frontend.protocol}) for ${frontend.key}: ${errno}`;
  const facts = { frontend: frontend.key, address: binding.address, port: binding.port, errno };
  const hint = listenHint(errno, binding.address);
  return new SvclaneError('SVL_LISTEN', message, hint === undefined ? { cause, facts } : { cause, facts, hint });
}
