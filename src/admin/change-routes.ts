/**
 * What an operator can do: drain and restore an endpoint, end a flow, probe, reload. Each is checked for the token, and told,
 * before and after it comes here.
 */

import { type Static, Type } from 'typebox';
import { SvclaneError } from '../errors.ts';
import { endpointId, type FoundEndpoint, findEndpoint, unknownEndpoint } from './endpoint-id.ts';
import type { HttpApp } from './http-app.ts';
import { HttpProblem } from './http-problem.ts';
import { operation } from './operation.ts';
import { PROBE_LIST, PROBE_REQUEST, probeEndpoints } from './probe-rows.ts';
import type { AdminView } from './view.ts';

const ENDPOINT_PARAMS = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 512, description: 'as GET /v1/endpoints shows it' }),
});

const FLOW_PARAMS = Type.Object({
  id: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'c-41, u-7, c-1.5 of worker 1: as GET /v1/connections and /v1/udp show it',
  }),
});

/** What became of an endpoint. `changed` = it was not so before. */
export const CHANGED_ENDPOINT = Type.Object({
  id: Type.String(),
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  state: Type.Enum(['drained', 'restored']),
  changed: Type.Boolean(),
});

export const ENDED_FLOW = Type.Object({ id: Type.String(), ended: Type.Boolean() });

/** The keys that differed: those that are in force, and those that a restart is needed for. */
const RELOADED = Type.Object({ changed: Type.Array(Type.String()), needsRestart: Type.Array(Type.String()) });

/** Adds these paths to an app. */
export function addChangeRoutes(app: HttpApp, view: AdminView): void {
  addEndpointRoutes(app, view);
  app.delete('/v1/connections/:id', { schema: KILL }, async ({ params: { id } }) => {
    if (await view.endFlow(id)) return { id, ended: true };
    const hint = 'it may have ended: svclane get conns, svclane get udp';
    throw new HttpProblem(404, 'FLOW_NOT_FOUND', 'no live flow has this id', hint);
  });
  app.post('/v1/probe', { schema: PROBE }, ({ body }) => probeEndpoints(view, body));
  app.post('/v1/reload', { schema: RELOAD }, () => reload(view));
}

const CHANGE = { tag: 'changes', changes: true } as const;

const DRAIN = operation(
  { ...CHANGE, id: 'drainEndpoint', summary: 'Give an endpoint no new flows; live ones go on', problems: [404] },
  { params: ENDPOINT_PARAMS },
  CHANGED_ENDPOINT,
);

const RESTORE = operation(
  { ...CHANGE, id: 'restoreEndpoint', summary: 'Lift the drain or the ejection of an endpoint', problems: [404] },
  { params: ENDPOINT_PARAMS },
  CHANGED_ENDPOINT,
);

const KILL = operation(
  { ...CHANGE, id: 'endFlow', summary: 'End a live flow of TCP or UDP', problems: [404] },
  { params: FLOW_PARAMS },
  ENDED_FLOW,
);

const PROBE = operation(
  { ...CHANGE, id: 'probe', summary: 'Connect to every endpoint of a Service', problems: [404] },
  { body: PROBE_REQUEST },
  PROBE_LIST,
);

const RELOAD = operation(
  { ...CHANGE, id: 'reload', summary: 'Read the configuration again', problems: [409, 422] },
  {},
  RELOADED,
);

function addEndpointRoutes(app: HttpApp, view: AdminView): void {
  app.post('/v1/endpoints/:id(^.+)::drain', { schema: DRAIN }, async ({ params: { id } }) => {
    const found = findEndpoint(view.table(), id);
    const before = new Set([...view.exclusions()].filter(({ code }) => code === 'EP_QUARANTINED').map(keyOf));
    const changed = found.servicePorts.some((servicePort) => !before.has(keyOf({ servicePort, ...found })));
    if (await forEachPort(found, (servicePort) => view.drainEndpoint(servicePort, found.endpoint))) {
      return changedEndpoint(found, { state: 'drained', changed });
    }
    throw unknownEndpoint();
  });
  app.post('/v1/endpoints/:id(^.+)::restore', { schema: RESTORE }, async ({ params: { id } }) => {
    const found = findEndpoint(view.table(), id);
    const changed = await forEachPort(found, (servicePort) => view.restoreEndpoint(servicePort, found.endpoint));
    return changedEndpoint(found, { state: 'restored', changed });
  });
}

/** Whether it did anything to one of them. */
async function forEachPort(
  { servicePorts }: FoundEndpoint,
  change: (servicePort: FoundEndpoint['servicePorts'][number]) => Promise<boolean>,
): Promise<boolean> {
  const done = await Promise.all(servicePorts.map(change));
  return done.includes(true);
}

function keyOf({ servicePort, endpoint }: { servicePort: { key: string }; endpoint: { key: string } }): string {
  return `${servicePort.key} ${endpoint.key}`;
}

function changedEndpoint(
  { endpoint, servicePorts: [servicePort] }: FoundEndpoint,
  outcome: Pick<Static<typeof CHANGED_ENDPOINT>, 'state' | 'changed'>,
): Static<typeof CHANGED_ENDPOINT> {
  const { namespace, service, port, portName, protocol } = servicePort;
  const names = { namespace, service, port, portName, protocol, endpoint: endpoint.key, pod: endpoint.podName };
  return { id: endpointId(servicePort, endpoint), ...names, ...outcome };
}

async function reload({ reload: read }: AdminView): Promise<Static<typeof RELOADED>> {
  if (!read) throw new HttpProblem(409, 'RELOAD_UNAVAILABLE', 'this daemon has no configuration to read again');
  try {
    const { reloadable, needsRestart } = await read();
    return { changed: [...reloadable], needsRestart: [...needsRestart] };
  } catch (error) {
    if (!(error instanceof SvclaneError)) throw error;
    throw new HttpProblem(422, error.code, error.message, error.hint);
  }
}
