/**
 * The funnel: what a client gets, step by step; who falls out, by which field; what would help.
 */

/** @import { ExplanationDocument } from '../explain-answer.ts' */

import { serverNow } from './api.js';
import { h, redraw } from './dom.js';
import { commandLine, formatTime, plural } from './format.js';
import { funnelElement } from './funnel.js';
import { createPanel } from './panel.js';
import { go, place, serviceOf } from './place.js';

/** @typedef {ExplanationDocument['wouldWorkIf'][number]} Remedy */

const VERDICTS = /** @type {Readonly<Record<string, string>>} */ ({
  forward: 'Forward',
  reject: 'Refuse',
  drop: 'Drop',
});

export function createExplainPanel() {
  /** @type {ExplanationDocument | undefined} */
  let explanation;
  const panel = createPanel('explain', 'Explain', { cli: explainCommand, json: () => explanation ?? null });
  const port = h('select', { name: 'port', onchange: () => go({ port: port.value }) });
  const from = h('input', { name: 'from', placeholder: 'any pod', autocomplete: 'off', spellcheck: 'false' });
  const node = h('input', { name: 'node', placeholder: 'this node', autocomplete: 'off', spellcheck: 'false' });
  const ask = (/** @type {Event} */ event) => {
    event.preventDefault();
    go({ from: from.value.trim(), node: node.value.trim() });
  };
  const form = h(
    'form',
    { class: 'asked', onsubmit: ask, onchange: ask, 'aria-label': 'What is asked' },
    h('label', {}, 'Port', port),
    h('label', {}, 'Client address', from),
    h('label', {}, 'Client on node', node),
    h('button', { class: 'quiet' }, 'Explain'),
  );
  const answer = h('div', { class: 'answer' });
  panel.body.append(form, answer);
  return { element: panel.element, show, showPorts, showProblem };

  /** @param {ExplanationDocument} next */
  function show(next) {
    explanation = next;
    panel.note(`rev ${next.generation}, in force since ${formatTime(next.time, serverNow())}`);
    redraw(answer, next, () => [verdictElement(next), funnelElement(next)]);
  }

  /** @param {string} detail @param {string} hint */
  function showProblem(detail, hint) {
    explanation = undefined;
    panel.note('');
    redraw(answer, [detail, hint], () => [
      h(
        'div',
        { class: 'verdict is-bad', role: 'alert' },
        h('strong', {}, '✕ '),
        detail,
        hint !== '' && h('p', {}, hint),
      ),
    ]);
  }

  /** @param {readonly string[]} ports as the Service names them, `http:80/TCP` */
  function showPorts(ports) {
    redraw(port, [ports, place().port], () => portOptions(ports));
    if (document.activeElement !== from) from.value = place().from;
    if (document.activeElement !== node) node.value = place().node;
  }
}

/** @param {readonly string[]} ports */
function portOptions(ports) {
  const known = ports.map((text) => ({ text, value: portValue(text) }));
  const wanted = place().port;
  const isKnown = known.some(({ value }) => value === wanted);
  const options = wanted === '' || isKnown ? known : [{ text: wanted, value: wanted }, ...known];
  return options.map(({ text, value }) => h('option', { value, selected: value === wanted }, text));
}

/** `http:80:30080/TCP` is `80/tcp`: the number is unique together with the protocol. @param {string} text */
export function portValue(text) {
  const [ports = '', protocol = 'TCP'] = text.split('/');
  const numbers = ports.split(':').filter((part) => /^\d+$/.test(part));
  const [name = ''] = ports.split(':');
  return `${/^\d+$/.test(name) ? name : (numbers[0] ?? name)}/${protocol.toLowerCase()}`;
}

function explainCommand() {
  const { namespace, service } = serviceOf(place());
  const { port, from, node, at } = place();
  const target = `svc/${service}${port === '' ? '' : `:${port}`}`;
  return commandLine(
    'explain',
    target,
    '-n',
    namespace,
    ...flag('--from', from),
    ...flag('--node', node),
    ...flag('--at', at),
  );
}

/** @param {string} name @param {string} value */
function flag(name, value) {
  return value === '' ? [] : [name, value];
}

/** @param {ExplanationDocument} explanation */
function clientText({ from, client, node }) {
  const who = from === '' ? `any ${client}` : `${from} (${client})`;
  return `Client: ${who}, ${node === '' ? 'seen from no node' : `seen from node ${node}`}`;
}

/** @param {ExplanationDocument} explanation */
function verdictElement(explanation) {
  const { routable, action, reason, message, frontend, endpoints, affinity, algorithm } = explanation;
  const word = action === 'forward' && !routable ? 'Not routed' : (VERDICTS[action] ?? 'Not routed');
  const text = routable
    ? `${frontend} to ${endpoints.length === 1 ? 'the one endpoint' : `one of ${plural(endpoints.length, 'endpoint')}`}, ${algorithm}, affinity ${affinity}`
    : message.replace(/^(refused|dropped|ignored): /, '');
  return h(
    'div',
    { class: `verdict is-${routable ? 'ok' : 'bad'}` },
    h(
      'p',
      {},
      h('strong', {}, `${routable ? '✓' : '✕'} ${word}`),
      ' ',
      h('code', { class: 'code' }, reason),
      ' ',
      text,
    ),
    h('p', { class: 'client' }, clientText(explanation)),
    explanation.wouldWorkIf.length > 0 && remedyElement(explanation.wouldWorkIf),
    lastRoutableElement(explanation),
  );
}

/** @param {readonly Remedy[]} remedies */
function remedyElement(remedies) {
  const items = remedies.map(({ object, path, value, pod, endpoints }) =>
    h(
      'li',
      {},
      h('code', {}, changeText(object, path, value)),
      `${pod === '' ? '' : `, pod ${pod}`}: ${plural(endpoints, 'endpoint')}`,
    ),
  );
  return h('div', { class: 'remedies' }, h('h3', {}, 'Would work if'), h('ul', {}, ...items));
}

/** @param {string} object @param {string} path @param {string} value */
function changeText(object, path, value) {
  if (object === 'Client') return `the client's ${path} were ${value}`;
  if (path === '') return `${object} had not the address`;
  return value === 'nil' ? `${object} had no ${path}` : `${object} ${path}=${value}`;
}

/** @param {ExplanationDocument} explanation */
function lastRoutableElement({ lastRoutable }) {
  if (!lastRoutable) return null;
  const { generation, time } = lastRoutable;
  const look = () => go({ at: String(generation) });
  return h(
    'p',
    { class: 'last-routable' },
    `Last worked at rev ${generation}, ${formatTime(time, serverNow())}. `,
    h('button', { type: 'button', class: 'link', 'data-key': 'last-routable', onclick: look }, 'Look at it'),
  );
}
