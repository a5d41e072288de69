/**
 * Ejections, told on the diagnostics channels.
 */

import type { EjectionEvents } from '../balancing/ejection.ts';
import { channels } from '../observability/channels.ts';

/** Publishes each event. */
export const EJECTION_EVENTS: EjectionEvents = {
  ejected: (ejection) => channels.endpointEjected.publish(ejection),
  restored: (servicePort, endpoint, why) => channels.endpointRestored.publish({ servicePort, endpoint, why }),
  suspended: (suspension) => channels.ejectionSuspended.publish(suspension),
};
