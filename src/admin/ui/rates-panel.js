/**
 * Connects, failures and connect latency of the open Service over the last half hour.
 */

/** @import { RateList, Rates } from '../rates-route.ts' */

import { serverNow } from './api.js';
import { chart } from './chart.js';
import { redraw } from './dom.js';
import { commandLine, formatTime, plural } from './format.js';
import { createPanel } from './panel.js';
import { place, serviceOf } from './place.js';

export function createRatesPanel() {
  /** @type {RateList | undefined} */
  let list;
  const panel = createPanel('rates', 'Traffic', { cli: ratesCommand, json: () => list ?? null });
  return { element: panel.element, show };

  /** @param {RateList} next of the open Service */
  function show(next) {
    list = next;
    panel.note(`last 30 min, by ${next.stepSeconds} s`);
    redraw(panel.body, next, () => chartsOf(next));
  }
}

function ratesCommand() {
  const { namespace, service } = serviceOf(place());
  return commandLine('tap', `svc/${service}`, '-n', namespace);
}

/** @param {RateList} list */
function chartsOf({ stepSeconds, from, items: [rates] }) {
  const steps = Math.round(1_800 / stepSeconds);
  const fromMs = Date.parse(from);
  const labels = Array.from({ length: steps }, (_, index) =>
    formatTime(new Date(fromMs + index * stepSeconds * 1_000).toISOString(), serverNow()),
  );
  const none = Array.from({ length: steps }, () => 0);
  const { opened = none, failed = none, failedDials = none, connectP50Ms = [], connectP99Ms = [] } = rates ?? {};
  const common = { labels, shape: /** @type {const} */ ('bars') };
  return [
    chart({
      ...common,
      title: 'Connects',
      unit: '',
      total: `${plural(sum(opened), 'flow')} opened`,
      lines: [{ name: 'opened', kind: 'connects', values: opened }],
    }),
    chart({
      ...common,
      title: 'Failures',
      unit: '',
      total: `${plural(sum(failed), 'client')} got nothing, ${plural(sum(failedDials), 'dial')} failed`,
      lines: [
        { name: 'failed dials', kind: 'dials', values: failedDials },
        { name: 'clients that got nothing', kind: 'failures', values: failed },
      ],
    }),
    chart({
      ...common,
      shape: 'line',
      title: 'Connect latency',
      unit: ' ms',
      total: latencyText(rates),
      lines: [
        { name: 'p99', kind: 'p99', values: connectP99Ms },
        { name: 'p50', kind: 'p50', values: connectP50Ms },
      ],
    }),
  ];
}

/** @param {Rates | undefined} rates */
function latencyText(rates) {
  const p50 = rates?.connectP50Ms.findLast((value) => value !== null) ?? null;
  const p99 = rates?.connectP99Ms.findLast((value) => value !== null) ?? null;
  return p50 === null ? 'none measured' : `at last p50 ≤ ${p50} ms, p99 ≤ ${p99} ms`;
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}
