/**
 * The agent's HTTP client: one request, one answer, nothing kept open.
 */

import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { HttpRequest, HttpResponse } from './agent-operations.ts';

/** Sends a request and reads the whole answer; every status is an answer. */
export function request({
  url,
  body,
  method = 'GET',
  timeoutMs = 10_000,
  ...rest
}: HttpRequest): Promise<HttpResponse> {
  const options: RequestOptions = { ...rest, method, agent: false, signal: AbortSignal.timeout(timeoutMs) };
  return new Promise((resolve, reject) => {
    const sent = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
