/**
 * `GET /openapi.json`: the API as a document, made from the schemas by which requests are checked.
 */

import swagger from '@fastify/swagger';
import { Type } from 'typebox';
import type { HttpApp } from './http-app.ts';
import { operation } from './operation.ts';

const OPENAPI_VERSION = '3.1.0';
/** Of the API; it does not follow the version of svclane. */
const API_VERSION = '1';

const DESCRIPTION = `What a running svclane knows, and what it can be told.

Reading needs no token on a Unix socket or a loopback address. A change needs it everywhere, and so does everything at an
address that other machines reach. Errors are application/problem+json with a stable \`code\`.`;

const DOCUMENT = Type.Object({ openapi: Type.String() }, { additionalProperties: true });

/** Follows the routes that are added to the app in `addRoutes`, and adds the document of them. */
export function addOpenApi(app: HttpApp, addRoutes: () => void): void {
  app.register(swagger, {
    openapi: {
      openapi: OPENAPI_VERSION,
      info: { title: 'svclane', version: API_VERSION, description: DESCRIPTION, license: { name: 'Apache-2.0' } },
      tags: [
        { name: 'routing', description: 'What is routed, why, and what it was' },
        { name: 'live', description: 'What lives now' },
        { name: 'changes', description: 'What an operator can do; each with the token, and a line in the log' },
        { name: 'operations', description: 'The daemon itself' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => `${json.$id ?? `schema-${index}`}` },
  });
  app.after((error) => {
    if (error) throw error;
    addRoutes();
    const facts = { id: 'getOpenApi', tag: 'operations', summary: 'This document' } as const;
    app.get('/openapi.json', { schema: operation(facts, {}, DOCUMENT) }, () => ({
      ...app.swagger(),
      openapi: OPENAPI_VERSION,
    }));
  });
}
