/**
 * What the list knows of a Service, as it stands beside its name.
 */

/** @import { ServiceRow } from '../service-rows.ts' */

import { h } from './dom.js';

/** @param {ServiceRow} row @param {{readonly glyph: string, readonly label: string}} state */
export function factsOf({ type, clusterIPs, externalIPs, ports, unrouted, conflicts }, { glyph, label }) {
  const texts = [
    ['state', `${glyph} ${unrouted === '' ? label : unrouted}`],
    ['type', type],
    ['cluster IP', clusterIPs.join(', ') || 'none'],
    ...(externalIPs.length > 0 ? [['external IP', externalIPs.join(', ')]] : []),
    ['ports', ports.join(', ') || 'none'],
    ...(conflicts > 0 ? [['conflicts', String(conflicts)]] : []),
  ];
  return [
    h(
      'dl',
      { class: 'facts' },
      ...texts.map(([name = '', value = '']) => h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, value))),
    ),
  ];
}
