/**
 * The paths about the daemon itself: its status, its version, its configuration.
 */

import { Type } from 'typebox';
import type { HttpApp } from './http-app.ts';
import { operation } from './operation.ts';
import { STATUS, statusOf } from './status.ts';
import type { AdminView } from './view.ts';

const VERSION = Type.Object({ svclane: Type.String(), node: Type.String(), platform: Type.String() });

const CONFIG = Type.Object({
  svclane: Type.Record(Type.String(), Type.Unknown(), { description: 'the keys of the configuration file, resolved' }),
});

/** Adds these paths to an app. */
export function addOperationsRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/status', { schema: GET_STATUS }, () => statusOf(view));
  app.get('/v1/version', { schema: GET_VERSION }, () => ({
    svclane: view.version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  }));
  app.get('/configz', { schema: GET_CONFIG }, () => ({ svclane: view.config() }));
}

const GET_STATUS = operation(
  { id: 'getStatus', tag: 'operations', summary: 'The whole daemon on one screen' },
  {},
  STATUS,
);

const GET_VERSION = operation(
  { id: 'getVersion', tag: 'operations', summary: 'The versions of svclane and Node.js' },
  {},
  VERSION,
);

const GET_CONFIG = operation(
  { id: 'getConfig', tag: 'operations', summary: 'The configuration in force, without secrets' },
  {},
  CONFIG,
);
