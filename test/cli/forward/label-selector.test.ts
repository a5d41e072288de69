import t from 'tap';
import { selectorText } from '../../../src/cli/forward/label-selector.ts';

t.test('a selector of an object is written as queries want it', (t) => {
  const expression = (operator: string, ...values: readonly string[]) => ({ key: 'k', operator, values });
  const cases: readonly [unknown, string | undefined][] = [
    [{ matchLabels: { app: 'web', tier: 'a' } }, 'app=web,tier=a'],
    [{ matchExpressions: [expression('In', 'a', 'b')] }, 'k in (a,b)'],
    [{ matchExpressions: [expression('NotIn', 'a')] }, 'k notin (a)'],
    [{ matchLabels: { a: 'b' }, matchExpressions: [expression('Exists'), expression('DoesNotExist')] }, 'a=b,k,!k'],
    [{ matchExpressions: [expression('Near', 'a')] }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ];
  for (const [selector, text] of cases) t.equal(selectorText(selector), text, JSON.stringify(selector));
  t.end();
});
