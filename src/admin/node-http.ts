/**
 * `node:http`, required rather than imported: to make an ES module of it Node loads its fetch and WebSocket besides, which
 * takes ten times as long as HTTP alone.
 */

import { createRequire } from 'node:module';

const http: typeof import('node:http') = createRequire(import.meta.url)('node:http');

export const { createServer, STATUS_CODES } = http;
