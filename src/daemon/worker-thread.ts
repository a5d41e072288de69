/**
 * The program of a thread that serves beside main: a helper, and its way to main.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { Helper } from '../proxy/workers/helper.ts';
import { type FromHelper, isHelperData, isToHelper } from '../proxy/workers/worker-messages.ts';
import { createDirectTransport } from '../transport/direct.ts';

/** Serves until main says otherwise. Throws a `TypeError` where main did not start it. */
function serve(): void {
  const port = parentPort;
  if (port === null || !isHelperData(workerData)) throw new TypeError('this is the program of a worker thread');
  const post = (message: FromHelper): void => port.postMessage(message);
  const helper = new Helper(workerData, { transport: createDirectTransport(), post, closed: () => port.close() });
  port.on('message', (message: unknown) => {
    if (isToHelper(message)) helper.hear(message);
  });
  post({ type: 'ready' });
}

serve();
