/**
 * What overrides and faults have in common in the API: how they are shown, set and ended.
 */

import { type Static, Type } from 'typebox';
import { isOfPort, type PortNames, type Timed } from '../balancing/timed-book.ts';
import { type NotationProblem, NotationReader } from '../config/intervention-notation.ts';
import { formatFault } from '../model/fault.ts';
import type { InterventionTarget } from '../model/intervention.ts';
import { formatMatch, type Override } from '../model/override.ts';
import { HttpProblem } from './http-problem.ts';
import type { InterventionView } from './intervention-view.ts';
import { askedServicePorts } from './service-ports.ts';
import type { AdminView } from './view.ts';

export const INTERVENTION_PARAMS = Type.Object({
  namespace: Type.String({ minLength: 1, maxLength: 253 }),
  service: Type.String({ minLength: 1, maxLength: 253 }),
});

export const INTERVENTION_PORT = Type.Object({
  port: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'of the one that was set for this port alone; absent = all of the Service',
    }),
  ),
});

/** What is done to flows of a Service port, in one line. */
export const INTERVENTION_NOTE = Type.Object({
  kind: Type.Enum(['override', 'fault']),
  text: Type.String(),
  until: Type.String(),
});

export type InterventionNote = Static<typeof INTERVENTION_NOTE>;

/** What is in force for a Service port: an override, then a fault. */
export function notesOf({ interventions }: Pick<AdminView, 'interventions'>, port: PortNames): InterventionNote[] {
  const override = interventions?.overrides.of(port);
  const fault = interventions?.faults.of(port);
  return [
    ...(override ? [{ kind: 'override' as const, text: overrideText(override.value), until: untilOf(override) }] : []),
    ...(fault ? [{ kind: 'fault' as const, text: formatFault(fault.value), until: untilOf(fault) }] : []),
  ];
}

/** `localhost:3000 (20%)`. */
function overrideText(override: Override): string {
  const match = formatMatch(override);
  return match === '' ? override.target : `${override.target} (${match})`;
}

export function untilOf({ untilMs }: Pick<Timed<unknown>, 'untilMs'>): string {
  return new Date(untilMs).toISOString();
}

/** The columns that rows of both kinds have. `port` "" = every port; `frontends` = how many addresses it is seen at. */
export const INTERVENTION_COLUMNS = {
  namespace: Type.String(),
  service: Type.String(),
  port: Type.String(),
  frontends: Type.Integer(),
  setAt: Type.String(),
  until: Type.String(),
  remainingSeconds: Type.Integer(),
};

/** What these columns hold. */
export function interventionColumns(view: AdminView, timed: Timed<InterventionTarget>) {
  const { namespace, service, port, protocol } = timed.value;
  const routes = view.table().services.get(`${namespace}/${service}`)?.routes ?? [];
  return {
    namespace,
    service,
    port: protocol === undefined ? port : `${port}/${protocol.toLowerCase()}`,
    frontends: routes.filter(({ servicePort }) => isOfPort(timed.value, servicePort)).length,
    setAt: new Date(timed.setAtMs).toISOString(),
    until: untilOf(timed),
    remainingSeconds: Math.max(0, Math.ceil((timed.untilMs - view.now()) / 1000)),
  };
}

/** The view, where any may be set. Throws a problem of 403. */
export function settable({ interventions }: AdminView): InterventionView {
  if (interventions?.allowed()) return interventions;
  const hint = 'set admin.allowInterventions: true, then start svclane again';
  throw new HttpProblem(403, 'CHANGES_OFF', 'the configuration allows no overrides and no faults', hint);
}

/** The problem of 400 that tells everything that is wrong with the texts. */
export function wrongTexts(problems: readonly NotationProblem[]): HttpProblem {
  return new HttpProblem(400, 'BAD_REQUEST', problems.map(({ field, message }) => `${field}: ${message}`).join('; '));
}

/** Throws problems of 404 where there is no such Service or port. */
export function checkTarget(view: AdminView, { namespace, service, port, protocol }: InterventionTarget): void {
  const asked = protocol === undefined ? port : `${port}/${protocol.toLowerCase()}`;
  askedServicePorts(view.table(), { namespace, service, port: asked === '' ? undefined : asked });
}

/** The one that was set; `undefined` is a problem of 409. */
export function unlessFull<T>(timed: Timed<T> | undefined): Timed<T> {
  if (timed) return timed;
  throw new HttpProblem(
    409,
    'LIMIT_REACHED',
    'there are too many of this kind already',
    'delete one that is not needed',
  );
}

/** What was ended; nothing is a problem of 404. */
export function unlessNone<T>(kind: string, ended: readonly Timed<T>[]): readonly Timed<T>[] {
  if (ended.length > 0) return ended;
  const hint = `it may be over: svclane get ${kind}s`;
  throw new HttpProblem(404, 'INTERVENTION_NOT_FOUND', `the Service has no such ${kind} in force`, hint);
}

/** The port whose intervention is to end; nothing = those of all ports. Throws a problem of 400. */
export function askedPort(text: string | undefined): Partial<Pick<InterventionTarget, 'port' | 'protocol'>> {
  if (text === undefined) return {};
  const reader = new NotationReader();
  const found = reader.port(text);
  if (!found) throw wrongTexts(reader.problems);
  return found;
}
