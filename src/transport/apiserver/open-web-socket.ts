/**
 * Opens WebSockets to `pods/portforward`. What refuses them is told as an error with an errno.
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { errnoOf, SvclaneError } from '../../errors.ts';
import type { ApiAccess } from '../../model/api-access.ts';
import { TransportError } from './transport-error.ts';

/** SPDY/3.1 in messages: many connections on one WebSocket. Source: KEP-4006. */
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
/** Two channels for each port: one connection on one WebSocket. */
export const CHANNEL_PROTOCOL = 'v4.channel.k8s.io';

/** A pod; its name in the API. */
export interface PodRef {
  readonly namespace: string;
  readonly podName: string;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_BYTES = 16_777_216;
const MAX_ANSWER_BYTES = 4096;

/**
 * Opens a WebSocket in one of `protocols`, of the server's choice: `isTunnel` tells. It is paused, and has a listener for errors.
 * `port` is for the channel protocol, and of no effect on the other. A 401 drops the credentials and is tried once more.
 */
export async function openWebSocket(
  access: ApiAccess,
  pod: PodRef,
  port: number,
  protocols: readonly string[],
): Promise<WebSocket> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.podName}/portforward?ports=${port}`;
  try {
    return await handshake(access, path, protocols);
  } catch (error) {
    if (!(error instanceof RefusedHandshake) || error.status !== 401) throw error;
    access.invalidate();
    return handshake(access, path, protocols);
  }
}

class RefusedHandshake extends TransportError {
  readonly status: number;

  constructor(status: number, text: string, server: string) {
    const { errno, isApi } = meaningOf(status);
    super(errno, `${server} answered ${status} to pods/portforward: ${text}`, { isApi });
    this.status = status;
  }
}

/** 404 = the pod is gone; 403 and 401 = no rights; what else there is, is the API server's trouble. */
function meaningOf(status: number): { errno: string; isApi: boolean } {
  if (status === 404) return { errno: 'EHOSTUNREACH', isApi: false };
  if (status === 401 || status === 403) return { errno: 'EACCES', isApi: true };
  return status === 429 || status >= 500 ? { errno: 'EAGAIN', isApi: false } : { errno: 'EPROTO', isApi: false };
}

/** The sockets below WebSockets within TLS. */
const privateSockets = new WeakMap<WebSocket, Socket>();

/** What is below a WebSocket that was opened here; `undefined` = there is no TLS in between. */
export function privateSocketOf(webSocket: WebSocket): Socket | undefined {
  return privateSockets.get(webSocket);
}

async function handshake(access: ApiAccess, path: string, protocols: readonly string[]): Promise<WebSocket> {
  const { socket, url, headers } = await access.connect(path).catch((cause: unknown) => {
    throw unreachable(access.server, cause);
  });
  const isPrivate = url.startsWith('https:');
  const webSocket = new WebSocket(url, protocols.map(disguise), {
    createConnection: () => socket,
    finishRequest: (request) => {
      for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
      request.setHeader('sec-websocket-protocol', protocols.join(', '));
      request.prependListener('upgrade', disguiseAnswer);
      request.end();
    },
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // Masks keep scripts from choosing the bytes that a proxy sees. Within TLS no proxy sees any, and they cost a copy.
    ...(isPrivate ? { generateMask: (mask: Buffer) => void mask.fill(0) } : {}),
  });
  if (isPrivate) privateSockets.set(webSocket, socket);
  return new Promise((resolve, reject) => {
    webSocket.once('unexpected-response', (_request, response) => {
      void readAnswer(response).then((text) => {
        reject(new RefusedHandshake(response.statusCode ?? 0, text, access.server));
        webSocket.terminate();
      });
    });
    webSocket.on('error', (cause) => reject(unreachable(access.server, cause)));
    webSocket.once('open', () => {
      webSocket.pause();
      resolve(webSocket);
    });
  });
}

/** `ws` holds names of protocols to RFC 6455, which has no slash in them: Kubernetes' name is given to it in disguise. */
function disguise(protocol: string): string {
  return protocol.replaceAll('/', '~');
}

function disguiseAnswer({ headers }: IncomingMessage): void {
  const chosen = headers['sec-websocket-protocol'];
  if (chosen !== undefined) headers['sec-websocket-protocol'] = disguise(chosen);
}

/** Whether a tunnel was agreed upon; else it is the channel protocol. */
export function isTunnel(webSocket: WebSocket): boolean {
  return webSocket.protocol === disguise(TUNNEL_PROTOCOL);
}

/** The message of a Status, or the text itself. Never rejects. */
async function readAnswer(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_ANSWER_BYTES) break;
    }
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message);
  } catch {
    // Not JSON, or cut off: what came is told as it is.
  }
  return text.slice(0, 200).trim() || 'no more was said';
}

function unreachable(server: string, cause: unknown): TransportError {
  if (cause instanceof SvclaneError) return new TransportError('ENETUNREACH', cause.message, { isApi: true, cause });
  const detail = cause instanceof Error ? cause.message : String(cause);
  const errno = errnoOf(cause);
  const what = errno === undefined ? detail : `${errno}: ${detail}`;
  return new TransportError('ENETUNREACH', `the tunnel through ${server} cannot be made (${what})`, {
    isApi: true,
    cause,
  });
}
