/**
 * `GET /v1/objects`: what the API told, at a revision: Services and their slices, as far as routing keeps them. With them
 * somebody else can build the same table, or another one.
 */

import { type Static, Type } from 'typebox';
import type { RoutingTable, ServiceRoutes } from '../model/route.ts';
import { encodeObject } from '../recording/encode-object.ts';
import type { HttpApp } from './http-app.ts';
import { operation } from './operation.ts';
import { isWanted, pageOf } from './page.ts';
import { AT_QUERY, tableAt } from './revisions.ts';
import type { AdminView } from './view.ts';

const OBJECT = Type.Record(Type.String(), Type.Unknown());

/** Where the daemon runs. `name` "" = on no node. */
const NODE = Type.Object({
  name: Type.String(),
  zone: Type.String(),
  addresses: Type.Array(Type.String()),
  podCIDRs: Type.Array(Type.String()),
});

/** One Service and its slices, each as an API object. */
const ROW = Type.Object({ service: OBJECT, slices: Type.Array(OBJECT) });

/** A page; `continue` is absent on the last one. */
export const OBJECT_LIST = Type.Object({
  generation: Type.Integer(),
  /** The proxy name whose Services are followed; "" = those without the label. */
  serviceProxyName: Type.String(),
  node: NODE,
  items: Type.Array(ROW),
  continue: Type.Optional(Type.String()),
});

/** Adds the path to an app. */
export function addObjectRoutes(app: HttpApp, view: AdminView): void {
  const summary = 'The Services and EndpointSlices that a table was made of';
  const schema = operation(
    { id: 'listObjects', tag: 'routing', summary, problems: [404] },
    { querystring: AT_QUERY },
    OBJECT_LIST,
  );
  app.get('/v1/objects', { schema }, ({ query }) => listObjects(view, query));
}

/** The page that is asked for, by Service. Throws problems of 400 and 404. */
async function listObjects(view: AdminView, query: Static<typeof AT_QUERY>): Promise<Static<typeof OBJECT_LIST>> {
  const { table } = await tableAt(view, query.at);
  const { serviceProxyName } = view;
  return {
    generation: table.generation,
    serviceProxyName,
    node: nodeOf(table),
    ...pageOf(entriesOf(table, query), query),
  };
}

function* entriesOf(
  { services }: RoutingTable,
  query: Static<typeof AT_QUERY>,
): Iterable<{ readonly key: string; row(): Static<typeof ROW> }> {
  for (const [key, routes] of services.entries()) {
    const { namespace, name } = routes.service;
    if (isWanted(query, { namespace, service: name })) yield { key, row: () => rowOf(routes) };
  }
}

function rowOf({ service, slices }: ServiceRoutes): Static<typeof ROW> {
  return { service: { ...encodeObject(service) }, slices: slices.map((slice) => ({ ...encodeObject(slice) })) };
}

function nodeOf({ node }: RoutingTable): Static<typeof NODE> {
  const { nodeName, zone, nodeIPs, podCIDRs } = node;
  return { name: nodeName, zone, addresses: [...nodeIPs], podCIDRs: podCIDRs.map(({ text }) => text) };
}
