/**
 * Which frontends helpers serve besides main: all, but those that need one who sees every flow.
 */

/** Why main serves a frontend alone; part of `docs/workers.md`. */
export const NOT_SHARED = {
  'not-listening': 'it has no socket: no client has an endpoint, or the address could not be bound',
  transport: 'pods are not reached directly',
  affinity: 'session affinity ClientIP: one memory of who had which endpoint',
  hold: '`onEmpty.action: hold`: one queue, and who waits in it when the last endpoint goes must not be reset',
  'service-limit': '`limits.maxConnectionsPerService` or `maxConnectionsPerClient` is set: one count',
  ejection: '`ejection.consecutiveFailures` is not 0: one count of failures',
  override: 'an override of its Service is in force',
  fault: 'a fault of its Service is in force',
  quarantine: 'an endpoint of its Service port is in quarantine',
} as const;

export type NotShared = keyof typeof NOT_SHARED;

/** What there is to know of one frontend. */
export interface SharingFacts {
  readonly listening: boolean;
  readonly direct: boolean;
  readonly sessionAffinity: 'None' | 'ClientIP';
  readonly onEmpty: 'refuse' | 'hold';
  readonly maxConnectionsPerService: number;
  readonly maxConnectionsPerClient: number;
  readonly consecutiveFailures: number;
  readonly overridden: boolean;
  readonly faulty: boolean;
  readonly quarantined: boolean;
}

const RULES: readonly (readonly [NotShared, (facts: SharingFacts) => boolean])[] = [
  ['not-listening', ({ listening }) => !listening],
  ['transport', ({ direct }) => !direct],
  ['affinity', ({ sessionAffinity }) => sessionAffinity === 'ClientIP'],
  ['hold', ({ onEmpty }) => onEmpty === 'hold'],
  [
    'service-limit',
    ({ maxConnectionsPerService, maxConnectionsPerClient }) => maxConnectionsPerService + maxConnectionsPerClient > 0,
  ],
  ['ejection', ({ consecutiveFailures }) => consecutiveFailures > 0],
  ['override', ({ overridden }) => overridden],
  ['fault', ({ faulty }) => faulty],
  ['quarantine', ({ quarantined }) => quarantined],
];

/** The first reason for which main serves the frontend alone; `undefined` = helpers serve it too. */
export function whyNotShared(facts: SharingFacts): NotShared | undefined {
  return RULES.find(([, applies]) => applies(facts))?.[0];
}
