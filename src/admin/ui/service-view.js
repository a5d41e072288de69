/**
 * The open Service: what its panels show, from where, and when it is asked for again.
 *
 *   place changed, synced, back again ──▶ all of it
 *   every few seconds ──▶ endpoints, flows, ejections            flows of events ──▶ at once
 */

/** @import { EjectionRow } from './endpoint-panel.js' */
/** @import { EndpointRow } from '../endpoint-rows.ts' */
/** @import { ExplanationDocument } from '../explain-answer.ts' */
/** @import { FaultRow } from '../fault-routes.ts' */
/** @import { FlowRow } from '../flow-row.ts' */
/** @import { HistoryList } from '../history-rows.ts' */
/** @import { OverrideRow } from '../override-routes.ts' */
/** @import { RateList } from '../rates-route.ts' */
/** @import { RouteRow } from '../route-rows.ts' */
/** @import { StreamEvent } from './event-stream.js' */

import { urlOf } from './api.js';
import { ask } from './ask.js';
import { change } from './changes.js';
import { h, redraw, setText } from './dom.js';
import { createEndpointPanel } from './endpoint-panel.js';
import { followEvents } from './event-stream.js';
import { createExplainPanel, portValue } from './explain-panel.js';
import { createFlowPanel } from './flow-panel.js';
import { formatAge } from './format.js';
import { setPastTime } from './header.js';
import { createHistoryPanel } from './history-panel.js';
import { createInterventionPanel } from './intervention-panel.js';
import { place, serviceOf } from './place.js';
import { createRatesPanel } from './rates-panel.js';
import { entryOf, SERVICE_STATES } from './service-book.js';
import { factsOf } from './service-facts.js';
import { createTimeBar } from './time-bar.js';

const MAX_FLOWS = 1_000;
const HISTORY_LIMIT = 1_000;

export function createServiceView() {
  const explain = createExplainPanel();
  const endpoints = createEndpointPanel({ onDrain: drain });
  const flows = createFlowPanel({ onKill: kill });
  const rates = createRatesPanel();
  const history = createHistoryPanel();
  const interventions = createInterventionPanel({ onSet: setIntervention, onEnd: endIntervention });
  const timeBar = createTimeBar();
  const title = h('h1', { id: 'service-title', tabindex: '-1' });
  const facts = h('div', { class: 'service-facts' });
  const column = (/** @type {Node[]} */ ...children) => h('div', { class: 'column' }, ...children);
  const element = h(
    'div',
    { class: 'service', hidden: true },
    h('div', { class: 'service-head' }, title, facts),
    timeBar.element,
    h(
      'div',
      { class: 'panels' },
      column(explain.element, interventions.element, history.element),
      column(endpoints.element, flows.element, rates.element),
    ),
  );
  /** When and how the last dial to an endpoint failed, as far as this page heard of it. @type {Map<string, {errno: string, atMs: number}>} */
  let dialErrors = new Map();
  /** @type {{rows: readonly EndpointRow[], ejections: readonly EjectionRow[]} | undefined} */
  let endpointsNow;
  let asking = new AbortController();
  let followed = '';
  let endFollowing = () => {};
  return { element, show, refresh, refreshLive, refreshRates, tick, stop, jump: timeBar.jump, drawFacts };

  /** Shows where the page is; called at each change of place. */
  function show() {
    const { svc, at } = place();
    element.hidden = svc === '';
    setText(title, svc);
    element.classList.toggle('is-past', at !== '');
    flows.setPast(at !== '');
    if (at === '') setPastTime('');
    follow();
    void refresh();
  }

  /** Ends the stream of flows, while nobody looks. */
  function stop() {
    endFollowing();
    endFollowing = () => {};
    followed = '';
  }

  function follow() {
    const { svc } = place();
    if (svc === followed || document.hidden) return;
    stop();
    followed = svc;
    dialErrors = new Map();
    flows.reset();
    endpointsNow = undefined;
    if (svc === '') return;
    const { namespace, service } = serviceOf(place());
    const query = { namespace, service, reasons: 'FlowOpened,FlowEnded,DialFailed' };
    endFollowing = followEvents(query, { onEvent });
  }

  /** @param {StreamEvent} event */
  function onEvent({ reason, data }) {
    if (reason === 'FlowOpened') flows.opened(data.flow);
    else if (reason === 'FlowEnded') flows.finished(data.flow, data.end ?? {});
    else if (reason === 'DialFailed') dialErrors.set(data.endpoint, { errno: data.errno, atMs: Date.now() });
    else if (reason === 'Gap') void refreshLive();
  }

  /** Asks for all of it. What was asked before and is not there yet is of no use any more. */
  async function refresh() {
    asking.abort();
    asking = new AbortController();
    if (place().svc === '') return;
    drawFacts();
    follow();
    const { signal } = asking;
    await Promise.all([
      refreshExplain(),
      ask('/v1/history', { ...serviceOf(place()), limit: HISTORY_LIMIT }, signal, showHistory),
      place().at === '' ? refreshLive() : refreshPast(signal),
      refreshRates(),
    ]);
  }

  /** Asks for what lives: endpoints, ejections, flows. */
  async function refreshLive() {
    if (place().svc === '' || place().at !== '') return;
    const owner = serviceOf(place());
    const { signal } = asking;
    /** @type {readonly EndpointRow[] | undefined} */
    let rows;
    /** @type {readonly EjectionRow[] | undefined} */
    let ejections;
    await Promise.all([
      ask('/v1/endpoints', owner, signal, (/** @type {{items: EndpointRow[]}} */ { items }) => {
        rows = items;
      }),
      ask('/v1/ejections', owner, signal, (/** @type {{items: EjectionRow[]}} */ { items }) => {
        ejections = items;
      }),
    ]);
    if (rows && ejections) showLive(rows, ejections);
    await Promise.all([refreshFlows(owner, signal), refreshInterventions(owner, signal)]);
  }

  /** @param {{namespace: string, service: string}} owner @param {AbortSignal} signal */
  async function refreshFlows(owner, signal) {
    /** @type {FlowRow[]} */
    const rows = [];
    const got = (/** @type {{items: FlowRow[]}} */ { items }) => rows.push(...items);
    const query = { ...owner, limit: MAX_FLOWS };
    const told = await Promise.all(['/v1/connections', '/v1/udp'].map((path) => ask(path, query, signal, got)));
    if (told.every(Boolean)) flows.showAll(rows.sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)));
  }

  /** @param {{namespace: string, service: string}} owner @param {AbortSignal} signal */
  async function refreshInterventions(owner, signal) {
    await ask('/v1/overrides', owner, signal, async (/** @type {{items: OverrideRow[]}} */ { items: overrides }) => {
      await ask('/v1/faults', owner, signal, (/** @type {{items: FaultRow[]}} */ { items: faults }) => {
        interventions.show(overrides, faults);
      });
    });
  }

  /** @param {AbortSignal} signal */
  async function refreshPast(signal) {
    const query = { ...serviceOf(place()), at: place().at };
    await ask('/v1/routes', query, signal, (/** @type {{items: RouteRow[]}} */ { items }) => endpoints.showPast(items));
  }

  async function refreshRates() {
    if (place().svc === '') return;
    await ask('/v1/rates', { ...serviceOf(place()), step: 10 }, asking.signal, (/** @type {RateList} */ list) =>
      rates.show(list),
    );
  }

  /** The first port is asked for by name, for `explain` does not choose among several. */
  function explainQuery() {
    const { port, from, node, at } = place();
    const [first] = entryOf(place().svc)?.row.ports ?? [];
    return { ...serviceOf(place()), port: port || (first ? portValue(first) : ''), from, node, at };
  }

  /** @param {ExplanationDocument} explanation */
  function showExplanation(explanation) {
    explain.show(explanation);
    if (place().at !== '') setPastTime(explanation.time);
  }

  /** @param {HistoryList} list */
  function showHistory(list) {
    history.show(list);
    timeBar.show(list);
  }

  /** Who is left out is part of the explanation: where that changed, it is asked for again. @param {readonly EndpointRow[]} rows @param {readonly EjectionRow[]} ejections */
  function showLive(rows, ejections) {
    const leftOut = (/** @type {readonly EjectionRow[] | undefined} */ list) =>
      list?.map(({ id, code }) => `${id} ${code}`).join() ?? '';
    const isOther = leftOut(endpointsNow?.ejections) !== leftOut(ejections);
    endpointsNow = { rows, ejections };
    drawEndpoints();
    if (isOther) void refreshExplain();
  }

  async function refreshExplain() {
    await ask('/v1/explain', explainQuery(), asking.signal, showExplanation, explain.showProblem);
  }

  function drawEndpoints() {
    if (!endpointsNow || place().at !== '') return;
    const errors = new Map(
      [...dialErrors].map(([endpoint, { errno, atMs }]) => [
        endpoint,
        `${errno}, ${formatAge((Date.now() - atMs) / 1_000)} ago`,
      ]),
    );
    endpoints.showNow(endpointsNow.rows, endpointsNow.ejections, errors);
  }

  /** What the list knows of the Service. */
  function drawFacts() {
    const entry = entryOf(place().svc);
    redraw(facts, entry?.row ?? null, () => (entry ? factsOf(entry.row, SERVICE_STATES[entry.state]) : []));
    explain.showPorts(entry?.row.ports ?? []);
  }

  /** Each second: ages and countdowns go on. */
  function tick() {
    if (place().svc === '') return;
    endpoints.tick();
    flows.tick();
    interventions.tick();
  }

  /** @param {string} id @param {boolean} isDrain */
  async function drain(id, isDrain) {
    const done = isDrain ? 'The endpoint gets no new flows' : 'The endpoint is back';
    await change('POST', `/v1/endpoints/${encodeURIComponent(id)}:${isDrain ? 'drain' : 'restore'}`, { done });
    await refreshLive();
  }

  /** @param {import('./intervention-panel.js').Kind} kind @param {Readonly<Record<string, string>>} body */
  async function setIntervention(kind, body) {
    await change('PUT', interventionPath(kind), { done: `In force for ${body.ttl}`, body });
    await refresh();
  }

  /** @param {import('./intervention-panel.js').Kind} kind @param {string} port */
  async function endIntervention(kind, port) {
    await change('DELETE', urlOf(interventionPath(kind), { port }), { done: 'It is ended' });
    await refresh();
  }

  /** @param {string} id */
  async function kill(id) {
    await change('DELETE', `/v1/connections/${encodeURIComponent(id)}`, { done: `Flow ${id} is ended` });
  }
}

/** @param {string} kind */
function interventionPath(kind) {
  const { namespace, service } = serviceOf(place());
  return `/v1/${kind}/${encodeURIComponent(namespace)}/${encodeURIComponent(service)}`;
}
