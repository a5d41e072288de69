import t from 'tap';
import type { ChainRule, Chains, Condition, Outcome } from '../../src/audit/chain-rule.ts';
import { walkChain } from '../../src/audit/walk-chain.ts';
import type { ClientClass } from '../../src/routing/client-class.ts';

const rule = (outcome: Outcome, ...conditions: Condition[]): ChainRule => {
  return { where: 'here', conditions, outcomes: [outcome] };
};
const to = (...endpoints: string[]): Outcome => ({ type: 'endpoints', endpoints });
const go = (...chains: string[]): Outcome => ({ type: 'chains', chains, final: true });
const call = (...chains: string[]): Outcome => ({ type: 'chains', chains, final: false });
const POD: Condition = { type: 'pod', negated: false, sources: undefined };
const NODE: Condition = { type: 'node', negated: false };
const CHANCE: Condition = { type: 'chance' };
const sticky = (set: string): Condition => ({ type: 'sticky', set, seconds: 60 });

function walk(chains: Readonly<Record<string, ChainRule[]>>, clientClass: ClientClass = 'external') {
  const map: Chains = new Map(Object.entries(chains));
  const { action, endpoints, affinity, detail } = walkChain({ chains: map, clientClass, protocol: 'TCP' }, 'start');
  return { action, endpoints, affinity: Object.fromEntries(affinity), detail };
}

t.test('the first rule that takes a client decides, and each class has its own', async (t) => {
  const chains = { start: [rule(go('a'), POD), rule(go('b'), NODE), rule(to('c:1'))], a: [rule(to('a:1'))], b: [] };
  t.match(walk(chains, 'pod'), { action: 'forward', endpoints: ['a:1'] });
  t.match(walk(chains, 'node'), { action: 'none' }, 'a chain that is left by goto is not come back to');
  t.match(walk(chains), { action: 'forward', endpoints: ['c:1'] });
});

t.test('rules of chance add up, and what follows the one that takes all is out of reach', async (t) => {
  const chains = { start: [rule(to('a:1'), CHANCE), rule(to('b:1')), rule(to('c:1'))] };
  t.same(walk(chains).endpoints, ['a:1', 'b:1']);
});

t.test('a chain that is called comes back, unless it decided', async (t) => {
  const chains = { start: [rule(call('mark')), rule({ type: 'drop' })], mark: [rule({ type: 'return' })] };
  t.equal(walk(chains).action, 'drop');
});

t.test('rules for another protocol do not count', async (t) => {
  t.equal(walk({ start: [rule(to('a:1'), { type: 'protocol', protocol: 'UDP' })] }).action, 'none');
});

t.test('clients stay where a set remembers them, and where they are put into it', async (t) => {
  const remember = (set: string): ChainRule => rule({ type: 'remember', set });
  const chains = {
    start: [rule(go('a'), sticky('set-a')), rule(go('b'), sticky('set-b')), rule(go('a', 'b'))],
    a: [remember('set-a'), rule(to('a:1'))],
    b: [rule(to('b:1'))],
  };
  t.match(walk(chains), { endpoints: ['a:1', 'b:1'], affinity: { 'a:1': 60 } });
  t.notOk('b:1' in walk(chains).affinity);
});

t.test('what is not known is told, with the rule', async (t) => {
  const unknown: Condition = { type: 'unknown' };
  t.match(walk({ start: [rule(to('a:1'), unknown)] }), { action: 'unreadable', detail: 'here' });
  t.match(walk({ start: [rule({ type: 'unknown' })] }), { action: 'unreadable', detail: 'here' });
  t.match(
    walk({ start: [rule({ type: 'pass' }, unknown), rule(to('a:1'))] }),
    { action: 'forward' },
    'a mark decides nothing',
  );
  t.match(walk({ start: [rule(go('gone'))] }), { action: 'unreadable', detail: 'chain gone is not in the dump' });
  t.match(walk({ start: [rule(call('start'))] }), { action: 'unreadable', detail: /leads back to itself/ });
});
