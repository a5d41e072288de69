/**
 * Label selectors, from the form that objects have them in to the one that queries want.
 */

import { isRecord } from '../../lib/is-record.ts';
import { fieldOf, itemsOf, textOf } from '../../source/kubernetes/json-value.ts';

/**
 * `app=web,tier in (a,b),!old`; `undefined` = it chooses nothing that could be said.
 *
 * Source: LabelSelector `matchLabels`, `matchExpressions`; operators In, NotIn, Exists, DoesNotExist.
 */
export function selectorText(selector: unknown): string | undefined {
  const labels = fieldOf(selector, 'matchLabels');
  const equal = isRecord(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${textOf(value)}`) : [];
  const parts = [...equal, ...itemsOf(fieldOf(selector, 'matchExpressions')).map(requirement)];
  return parts.length === 0 || parts.includes(undefined) ? undefined : parts.join(',');
}

function requirement(expression: unknown): string | undefined {
  const key = textOf(fieldOf(expression, 'key'));
  const values = `(${itemsOf(fieldOf(expression, 'values')).map(textOf).join(',')})`;
  switch (fieldOf(expression, 'operator')) {
    case 'In':
      return `${key} in ${values}`;
    case 'NotIn':
      return `${key} notin ${values}`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return undefined;
  }
}
