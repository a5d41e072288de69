/**
 * What a person does to the flows of the open Service for a time: overrides and faults, how long they last, and the forms
 * that set them.
 */

/** @import { OverrideRow } from '../override-routes.ts' */
/** @import { FaultRow } from '../fault-routes.ts' */

import { hasToken } from './api.js';
import { h, keyed, setText } from './dom.js';
import { commandLine, formatAge } from './format.js';
import { createPanel } from './panel.js';
import { place, serviceOf } from './place.js';

/** @typedef {'overrides' | 'faults'} Kind */
/** @typedef {{kind: Kind, port: string, text: string, remainingSeconds: number}} Shown */
/** @typedef {{name: string, label: string, placeholder: string, value?: string, required?: boolean}} Field */

const TTL = { name: 'ttl', label: 'Lasts', placeholder: '10m', required: true };
const PORT = { name: 'port', label: 'Port', placeholder: 'every port' };

/** @type {readonly Field[]} */
const OVERRIDE_FIELDS = [
  { name: 'target', label: 'To', placeholder: 'localhost:3000', required: true },
  { name: 'match', label: 'Which flows', placeholder: 'all; 20%; src=10.0.0.0/8' },
  PORT,
  { ...TTL, value: '1h' },
];

/** @type {readonly Field[]} */
const FAULT_FIELDS = [
  { name: 'latency', label: 'Latency', placeholder: '300ms±50ms' },
  { name: 'reset', label: 'Reset', placeholder: '2%' },
  { name: 'refuse', label: 'Refuse', placeholder: '2%' },
  { name: 'blackhole', label: 'Black hole', placeholder: '2%' },
  { name: 'rate', label: 'Rate', placeholder: '64KiB/s' },
  PORT,
  { ...TTL, value: '10m' },
];

/**
 * @param {{onSet: (kind: Kind, body: Readonly<Record<string, string>>) => void, onEnd: (kind: Kind, port: string) => void}} options
 */
export function createInterventionPanel({ onSet, onEnd }) {
  /** @type {readonly Shown[]} */
  let shown = [];
  let told = {};
  let toldAtMs = 0;
  const panel = createPanel('interventions', 'Overrides and faults', { cli: command, json: () => told });
  const list = h('ul', { class: 'interventions' });
  const empty = h('p', { class: 'empty' });
  const fallback = h('select', { name: 'fallback' }, h('option', {}, 'cluster'), h('option', {}, 'fail'));
  const override = formOf('Override', OVERRIDE_FIELDS, (body) => onSet('overrides', body));
  override.fields.append(h('label', {}, 'When refused', fallback));
  const fault = formOf('Fault', FAULT_FIELDS, (body) => onSet('faults', body));
  const forms = h('div', { class: 'forms', hidden: true }, override.element, fault.element);
  panel.body.append(empty, list, forms);
  return { element: panel.element, show, tick };

  /** @param {readonly OverrideRow[]} overrides @param {readonly FaultRow[]} faults */
  function show(overrides, faults) {
    told = { overrides, faults };
    toldAtMs = Date.now();
    shown = [
      ...overrides.map(({ port, target, match, fallback: otherwise, remainingSeconds }) => {
        const which = match === '' ? 'all flows' : match;
        return {
          kind: /** @type {const} */ ('overrides'),
          port,
          remainingSeconds,
          text: `${which} to ${target}, else ${otherwise}`,
        };
      }),
      ...faults.map(({ port, fault: text, remainingSeconds }) => {
        return { kind: /** @type {const} */ ('faults'), port, remainingSeconds, text };
      }),
    ];
    tick();
  }

  /** Each second: what is left of their time. */
  function tick() {
    const since = (Date.now() - toldAtMs) / 1_000;
    keyed(list, shown, {
      keyOf: ({ kind, port }) => `${kind} ${port}`,
      create: ({ kind, port }) => itemOf(() => onEnd(kind, port)),
      update: (element, item) => fillItem(element, item, since),
    });
    panel.note(shown.length === 0 ? 'none' : `${shown.length} in force`);
    empty.hidden = shown.length > 0;
    setText(
      empty,
      `Flows go as the cluster says.${hasToken() ? '' : ' With the token one can send them elsewhere, or disturb them, for a time.'}`,
    );
    forms.hidden = !hasToken() || place().at !== '';
  }
}

function command() {
  const { namespace, service } = serviceOf(place());
  const commands = ['overrides', 'faults'].map((kind) => commandLine('get', kind, `svc/${service}`, '-n', namespace));
  return commands.join(' && ');
}

/**
 * @param {string} title
 * @param {readonly Field[]} fields
 * @param {(body: Readonly<Record<string, string>>) => void} onSubmit given what was filled in
 */
function formOf(title, fields, onSubmit) {
  const inputs = fields.map(({ name, label, placeholder, value, required }) => {
    const input = h('input', { name, placeholder, value, required, autocomplete: 'off', spellcheck: 'false' });
    return h('label', {}, label, input);
  });
  const box = h('div', { class: 'asked' }, ...inputs);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const filled = [...new FormData(form)].filter(([, value]) => value !== '');
    onSubmit(Object.fromEntries(filled.map(([name, value]) => [name, String(value).trim()])));
  };
  const button = h('button', { class: 'primary' }, `Set the ${title.toLowerCase()}`);
  const form = h('form', { onsubmit: submit, 'aria-label': title }, box, button);
  return { element: h('details', {}, h('summary', {}, `Set: ${title.toLowerCase()}`), form), fields: box };
}

/** @param {() => void} onclick */
function itemOf(onclick) {
  const end = h('button', { type: 'button', class: 'quiet', onclick }, 'End');
  return h('li', {}, h('b', { class: 'what' }), h('code', { class: 'how' }), h('span', { class: 'left' }), end);
}

/** @param {HTMLElement} element @param {Shown} item @param {number} since */
function fillItem(element, { kind, port, text, remainingSeconds }, since) {
  const name = kind === 'overrides' ? 'override' : 'fault';
  const texts = {
    what: `▲ ${name}${port === '' ? '' : ` of ${port}`}`,
    how: text,
    left: `${formatAge(Math.max(0, remainingSeconds - since))} left`,
  };
  for (const [part, value] of Object.entries(texts)) {
    const found = element.querySelector(`.${part}`);
    if (found) setText(found, value);
  }
  const button = element.querySelector('button');
  button?.toggleAttribute('hidden', !hasToken());
  button?.setAttribute('aria-label', `End the ${name}${port === '' ? '' : ` of ${port}`}`);
}
