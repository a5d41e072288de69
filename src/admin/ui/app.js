/**
 * The page: its parts, wired.
 */

import { announce } from './announce.js';
import { copyButtons } from './copy.js';
import { showHelp, tokenChanged, wireDialogs } from './dialogs.js';
import { h, setText } from './dom.js';
import { plural } from './format.js';
import { drawHeader, wireHeader } from './header.js';
import { followAddress, go, place, placeChanged } from './place.js';
import { applyTheme, toggleTheme } from './preferences.js';
import {
  allServices,
  followChanges,
  isProblem,
  loadRates,
  loadServices,
  matching,
  ratesChanged,
  servicesAreWhole,
  servicesChanged,
} from './service-book.js';
import { createServiceList } from './service-list.js';
import { createServiceView } from './service-view.js';
import { askNow, currentLink, linkChanged, refreshed, startSession, synced } from './session.js';
import { followKeys } from './shortcuts.js';

const SECOND_MS = 1_000;
const LIVE_EVERY_SECONDS = 3;
const RATES_EVERY_SECONDS = 4;
const ALL_RATES_EVERY_SECONDS = 12;
const LIST_EVERY_SECONDS = 60;
/** A burst of changes is one question. */
const SYNC_SETTLE_MS = 150;

applyTheme();
const view = createServiceView();
const list = createServiceList({ onOpen: (key) => go({ svc: key }) });
const filter = input('filter');
const problems = input('only-problems');
let title = '';
let seconds = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;

element('list-place').append(list.element);
element('main').append(view.element);
element('list-copy').append(
  copyButtons('services', { cli: () => 'svclane get services', json: () => shown().map(({ row }) => row) }),
);
wireHeader();
wireDialogs();
wireList();
followAddress();
placeChanged.listen(showPlace);
servicesChanged.listen(onServices);
ratesChanged.listen(() => list.show(shown()));
linkChanged.listen(onLink);
refreshed.listen(() => void refreshAll());
synced.listen(onSynced);
tokenChanged.listen(() => {
  askNow();
  view.tick();
  void refreshAll();
});
document.addEventListener('visibilitychange', () => document.hidden && view.stop());
followKeys({
  '/': () => filter.focus(),
  j: () => list.move(1),
  k: () => list.move(-1),
  Enter: list.openActive,
  e: () => element('explain-title').focus(),
  p: () => element('endpoints-title').focus(),
  f: () => element('flows-title').focus(),
  g: () => element('rates-title').focus(),
  h: () => element('history-title').focus(),
  s: () => list.element.focus(),
  '[': () => view.jump(-1),
  ']': () => view.jump(1),
  l: () => go({ at: '' }),
  t: toggleTheme,
  '?': showHelp,
});
filter.value = place().q;
showPlace();
drawHeader();
startSession();
void refreshAll();
setInterval(tick, SECOND_MS);

function wireList() {
  filter.addEventListener('input', () => go({ q: filter.value }));
  filter.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') go({ q: '' });
    if (key === 'ArrowDown' || key === 'Enter') list.element.focus();
    if (key === 'Enter') list.openActive();
  });
  problems.addEventListener('change', onServices);
  element('theme').addEventListener('click', toggleTheme);
  element('skip').addEventListener('click', (event) => {
    event.preventDefault();
    list.element.focus();
  });
  element('back').addEventListener('click', () => {
    go({ svc: '', at: '' });
    list.element.focus();
  });
}

function showPlace() {
  const { svc, q } = place();
  if (filter.value !== q) filter.value = q;
  document.body.classList.toggle('has-service', svc !== '');
  element('welcome').hidden = svc !== '';
  element('back').hidden = svc === '';
  list.setOpen(svc);
  onServices();
  view.show();
  drawHeader();
  drawTitle();
}

function onServices() {
  const entries = shown();
  list.show(entries);
  const all = allServices();
  const isFiltered = entries.length !== all.length;
  const more = servicesAreWhole() ? '' : ', more are coming';
  const count = isFiltered
    ? `${entries.length.toLocaleString('en')} of ${plural(all.length, 'Service')}`
    : plural(all.length, 'Service');
  setText(element('count'), `${count}${more}`);
  setText(element('problem-count'), all.filter(({ state }) => isProblem(state)).length.toLocaleString('en'));
  const isNone = servicesAreWhole() && entries.length === 0;
  element('no-match').hidden = !isNone;
  setText(element('no-match'), all.length === 0 ? 'The daemon knows no Service.' : 'No Service matches.');
  view.drawFacts();
  drawTitle();
}

function shown() {
  return matching(place().q, { onlyProblems: problems.checked });
}

function onLink() {
  drawHeader();
  drawTitle();
}

function onSynced() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    void quietly(followChanges());
    void view.refresh();
  }, SYNC_SETTLE_MS);
}

async function refreshAll() {
  await quietly(Promise.all([loadServices(), view.refresh(), loadRates()]));
}

/** A daemon that does not answer is told of in the header; what was shown stays. @param {Promise<unknown>} work */
async function quietly(work) {
  try {
    await work;
  } catch {
    askNow();
  }
}

function tick() {
  drawHeader();
  if (document.hidden || currentLink().state !== 'live') return;
  view.tick();
  seconds += 1;
  if (seconds % LIVE_EVERY_SECONDS === 0) void view.refreshLive();
  if (seconds % RATES_EVERY_SECONDS === 0) void view.refreshRates();
  if (seconds % ALL_RATES_EVERY_SECONDS === 0) void quietly(loadRates());
  if (seconds % LIST_EVERY_SECONDS === 0) void quietly(loadServices());
}

/** What is open, and whether it is live, is in the title of the window; another Service is said. */
function drawTitle() {
  const { svc, at } = place();
  const { state, status } = currentLink();
  const stale = status?.source.resources.some((resource) => resource.state === 'stale') ?? false;
  const mark = state === 'lost' ? '✕ lost · ' : stale ? '▲ stale · ' : at === '' ? '' : `◷ rev ${at} · `;
  const node = status?.node.name ? ` ${status.node.name}` : '';
  document.title = `${mark}${svc === '' ? 'Services' : svc} · svclane${node}`;
  if (svc !== title && svc !== '') announce(`${svc} is open`);
  title = svc;
}

/** @param {string} id */
function element(id) {
  return document.getElementById(id) ?? h('div');
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (element(id));
}
