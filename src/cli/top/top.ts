/**
 * `svclane top`: what each Service does just now; live on a terminal, a table each interval elsewhere.
 */

import { SvclaneError } from '../../errors.ts';
import { parseDuration } from '../../lib/duration.ts';
import { checkJsonOutput } from '../check-json-output.ts';
import { checkService } from '../check-service.ts';
import { daemonHost } from '../daemon-host.ts';
import { closedPipe, pause } from '../output-pipe.ts';
import { paintFor } from '../paint.ts';
import { serviceQuery } from '../service-query.ts';
import { TopCollector } from './collector.ts';
import { LiveTop } from './live-top.ts';
import { rowsBetween, type Sample, type TopRow } from './sample.ts';
import { formatTop, sortTop, TOP_ORDERS, type TopOrder } from './top-text.ts';

/** The options of `top`, as commander gives them. */
export interface TopOptions {
  readonly namespace?: string;
  readonly interval?: string;
  readonly sort?: string;
  readonly once?: boolean;
  readonly output?: string;
  readonly headers?: boolean;
  readonly host?: string;
}

/** Shows it until `q`, a signal, or until nobody reads; resolves with the exit code. Throws `SVL_NOT_FOUND`, `SVL_USAGE`. */
export async function topCommand(service: string | undefined, options: TopOptions): Promise<number> {
  const { output, once = false, headers = true, interval = '2s' } = options;
  checkJsonOutput(output);
  const order = orderOf(options.sort ?? 'flows');
  const intervalMs = parseInterval(interval);
  const host = daemonHost(options.host, process.env);
  const query = await serviceQuery(host, { service, namespace: options.namespace });
  const collector = new TopCollector({ host, query });
  try {
    const first = await collector.sample();
    if (service !== undefined && first.services.length === 0) await checkService(host, query);
    collector.start();
    if (process.stdout.isTTY && !once && output === undefined) {
      const live = new LiveTop({ collector, intervalMs, order, headers, paint: paintFor(process.stdout) });
      return await live.run(first);
    }
    await printEach(
      collector,
      first,
      intervalMs,
      (rows, seconds) => {
        const sorted = sortTop(rows, order, false);
        return output === 'json' ? jsonOf(sorted, seconds, once) : formatTop(sorted, { order, headers });
      },
      once,
    );
    return 0;
  } finally {
    collector.close();
  }
}

function orderOf(text: string): TopOrder {
  const found = TOP_ORDERS.find(({ name }) => name === text);
  if (found) return found;
  throw new SvclaneError('SVL_USAGE', `--sort "${text}" is no order`, {
    hint: `use one of ${TOP_ORDERS.map(({ name }) => name).join(', ')}`,
  });
}

function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 200 && ms <= 3_600_000) return ms;
  throw new SvclaneError('SVL_USAGE', `--interval "${text}" is no time from 200ms to 1h`, {
    hint: 'use --interval 2s',
  });
}

async function printEach(
  collector: TopCollector,
  first: Sample,
  intervalMs: number,
  format: (rows: readonly TopRow[], seconds: number) => string,
  once: boolean,
): Promise<void> {
  const closed = closedPipe();
  let before = first;
  while (await pause(intervalMs, closed)) {
    const after = await collector.sample();
    process.stdout.write(format(rowsBetween(before, after), (after.atMs - before.atMs) / 1_000));
    before = after;
    if (once) return;
  }
}

/** A document; of several a line each. */
function jsonOf(items: readonly TopRow[], seconds: number, once: boolean): string {
  const document = { time: new Date().toISOString(), seconds, items };
  return `${once ? JSON.stringify(document, withNulls, 2) : JSON.stringify(document, withNulls)}\n`;
}

/** What was not measured is there, and null. */
function withNulls(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
