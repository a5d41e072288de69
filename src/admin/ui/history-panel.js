/**
 * What changed of the open Service, the newest first, and by which field of which object.
 */

/** @import { HistoryList, HistoryRow } from '../history-rows.ts' */

import { serverNow } from './api.js';
import { h, redraw } from './dom.js';
import { commandLine, formatTime, plural } from './format.js';
import { createPanel } from './panel.js';
import { go, place, serviceOf } from './place.js';

const MAX_SHOWN = 100;
/** Of one change. */
const MAX_CAUSES = 6;

export function createHistoryPanel() {
  /** @type {HistoryList} */
  let history = { generation: 0, oldest: 0, items: [] };
  const panel = createPanel('history', 'History', { cli: historyCommand, json: () => history });
  const list = h('ol', { class: 'changes', reversed: true });
  panel.body.append(list);
  return { element: panel.element, show };

  /** @param {HistoryList} next */
  function show(next) {
    history = next;
    const { items, oldest } = next;
    panel.note(`${plural(items.length, 'change')} since rev ${oldest}`);
    const shown = items.slice(-MAX_SHOWN).reverse();
    redraw(list, [shown, place().at], () => shown.map(changeElement));
  }
}

function historyCommand() {
  const { namespace, service } = serviceOf(place());
  return commandLine('history', `svc/${service}`, '-n', namespace, '--diff');
}

/** @param {HistoryRow} change */
function changeElement({ generation, time, causes, routableBefore, routableAfter }) {
  const isHere = place().at === String(generation);
  const kind = routableAfter === 0 ? 'bad' : routableAfter < routableBefore ? 'warn' : 'ok';
  const glyph = routableAfter > routableBefore ? '↑' : routableAfter < routableBefore ? '↓' : '=';
  const look = () => go({ at: String(generation) });
  const shown = causes.slice(0, MAX_CAUSES).map((cause) => h('li', {}, causeText(cause)));
  const rest = causes.length - shown.length;
  return h(
    'li',
    { class: `change is-${kind}`, 'aria-current': isHere ? 'true' : undefined },
    h(
      'div',
      { class: 'change-head' },
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          'data-key': `rev-${generation}`,
          title: 'Look at this revision',
          onclick: look,
        },
        `rev ${generation}`,
      ),
      h('time', { datetime: time }, formatTime(time, serverNow())),
      h('span', { class: 'change-count' }, `${glyph} routable ${routableBefore} → ${routableAfter}`),
      isHere && h('span', { class: 'badge' }, 'you are here'),
    ),
    h('ul', { class: 'causes' }, ...shown, rest > 0 && h('li', { class: 'muted' }, `and ${rest} more`)),
  );
}

/** @param {HistoryRow['causes'][number]} cause */
function causeText({ kind, name, change, endpoint, pod, fields, resourceVersion }) {
  const sign = { added: '+', removed: '−', changed: '' }[change] ?? '';
  const who = [`${sign}${endpoint}`, pod].filter(Boolean).join(' ');
  const texts = fields.map(({ path, before, after }) => `${path} ${before || 'nil'} → ${after || 'nil'}`);
  const version = resourceVersion === '' ? '' : ` @${resourceVersion}`;
  return [`${kind} ${name}${version}`, who, endpoint === '' && sign !== '' ? change : '', texts.join(', ')]
    .filter(Boolean)
    .join('  ');
}
