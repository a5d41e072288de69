/**
 * Which algorithm a ServicePort has: the configuration's override, then the Service's annotation, then the default.
 */

import type { Config } from '../config/config.ts';
import { algorithmFor } from '../config/service-settings.ts';
import type { ServicePort } from '../model/route.ts';
import type { Algorithm } from '../model/service.ts';

/** The function that chooses, by the configuration of the moment. */
export function algorithmChooser(config: () => Config): (servicePort: ServicePort) => Algorithm {
  return (servicePort) => algorithmFor(config(), servicePort);
}
