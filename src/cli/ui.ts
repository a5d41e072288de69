/**
 * `svclane ui`: the address of the web page. For a daemon on a Unix socket, a bridge for one browser, until Ctrl-C.
 */

import { Type } from 'typebox';
import { errnoOf, SvclaneError } from '../errors.ts';
import { askDaemon } from './admin-client.ts';
import { daemonHost } from './daemon-host.ts';
import { openUiBridge } from './ui-bridge.ts';

/** The options of `ui`, as commander gives them. */
export interface UiOptions {
  readonly host?: string;
  readonly port?: string;
}

const VERSION = Type.Object({ svclane: Type.String() });

/** Prints the address. Throws what the daemon has to object, and `SVL_LISTEN`. */
export async function uiCommand({ host: flag, port = '0' }: UiOptions): Promise<void> {
  const host = daemonHost(flag, process.env);
  await askDaemon(host, '/v1/version', VERSION);
  if (!host.startsWith('unix:')) {
    console.log(`${host.replace(/\/$/, '')}/`);
    return;
  }
  const bridge = await openUiBridge(socketPathOf(host), portOf(port)).catch((cause: unknown) => {
    throw new SvclaneError('SVL_LISTEN', `cannot listen on 127.0.0.1:${port}: ${errnoOf(cause) ?? String(cause)}`, {
      cause,
      hint: 'leave --port out, and a free one is taken',
    });
  });
  console.log(bridge.url);
  console.error('The address is good for one browser. Ctrl-C ends it.');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await bridge.close();
}

/** `unix:/path` and `unix:///path`. */
function socketPathOf(host: string): string {
  return host.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new SvclaneError('SVL_USAGE', `--port "${text}" is no port`, { hint: 'use a number up to 65535' });
}
