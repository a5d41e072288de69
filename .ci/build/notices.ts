/**
 * The notices of packages whose code is within the bundle: their licences ask for it.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/;
const NOTICE = /^(licen[cs]e|notice|copying)/i;

/** Of all packages that `inputs`, files of the bundle, belong to. Throws where one has none. */
export function noticesOf(inputs: readonly string[], project: string): string {
  const names = new Set(inputs.map((input) => PACKAGE.exec(input)?.[1]).filter((name) => name !== undefined));
  const notices = [...names].sort().map((name) => noticeOf(name, join(project, 'node_modules', name)));
  return ['svclane has code of these packages within.\n', ...notices].join(`\n${'-'.repeat(78)}\n\n`);
}

function noticeOf(name: string, folder: string): string {
  const files = readdirSync(folder).filter((file) => NOTICE.test(file));
  if (files.length === 0) throw new Error(`${name} has no licence to ship`);
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${texts.join('\n\n')}\n`;
}
