/**
 * `svclane restore`: an endpoint that was drained, or ejected for failed dials, gets new flows again.
 */

import { type ChangeEndpointOptions, changeEndpoints, endpointText } from './change-endpoints.ts';

/** Restores. Nothing to restore is no error. Throws `SVL_NOT_FOUND`, `SVL_USAGE`. */
export async function restoreCommand(
  endpoint: string,
  service: string | undefined,
  options: ChangeEndpointOptions,
): Promise<void> {
  await changeEndpoints(
    {
      verb: 'restore',
      endpoint,
      service,
      tell: (row) => `${endpointText(row)} ${row.changed ? 'restored' : 'was neither drained nor ejected'}`,
    },
    options,
  );
}
