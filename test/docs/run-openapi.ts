/**
 * Writes docs/openapi.json, and the table of codes in docs/api.md: `node test/docs/run-openapi.ts`.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { documentOf, problemTable } from '../fixtures/api-document.ts';
import { fullApp } from '../fixtures/api-view.ts';

const app = fullApp();
const document = await documentOf(app);
await app.close();
writeFileSync(new URL('../../docs/openapi.json', import.meta.url), `${JSON.stringify(document, null, 2)}\n`);

const page = new URL('../../docs/api.md', import.meta.url);
const text = readFileSync(page, 'utf8');
writeFileSync(page, text.replace(/(<!-- codes -->\n)[\s\S]*(<!-- end of codes -->)/, `$1${problemTable()}\n$2`));
