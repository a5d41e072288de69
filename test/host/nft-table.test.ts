import t from 'tap';
import {
  bearsMark,
  changeElements,
  elementFor,
  parseElements,
  removeTable,
  replaceTable,
  TABLE_MARK,
} from '../../src/host/nft-table.ts';
import type { Frontend } from '../../src/model/route.ts';

const dns = elementFor(frontend('10.96.0.10', 53, 'UDP'), { address: '169.254.77.1', port: 61000 });
const web = elementFor(frontend('fd96::a', 80, 'TCP'), { address: 'fd53:766c:616e:6500::1', port: 61000 });

t.test('an element carries a frontend to an own address and port', async (t) => {
  t.equal(dns.text, '10.96.0.10 . udp . 53 : 169.254.77.1 . 61000');
  t.equal(web.text, 'fd96::a . tcp . 80 : fd53:766c:616e:6500::1 . 61000');
});

t.test('the table is replaced in one transaction, with the mark of its owner', async (t) => {
  const text = replaceTable(['IPv4', 'IPv6'], { elements: [dns, web], clusterIPs: ['10.96.0.10', 'fd96::a'] });
  t.match(text, /^table inet svclane\ndelete table inet svclane\ntable inet svclane \{/);
  t.ok(bearsMark(text));
  t.match(text, 'add element inet svclane frontends4 { 10.96.0.10 . udp . 53 : 169.254.77.1 . 61000 }');
  t.match(text, 'add element inet svclane quoted4 { 10.96.0.10 . 53 }');
  t.match(text, 'add element inet svclane frontends6 { fd96::a . tcp . 80 : ');
  t.notMatch(text, 'add element inet svclane quoted6');
  t.match(text, 'ip daddr 169.254.77.0/24 ct status & dnat == 0 drop');
  t.match(text, 'ip daddr @cluster-ips4 ct state new goto refuse');
  t.match(text, /tcp reject with tcp reset\n +reject with icmpx port-unreachable\n/, 'of every protocol');
  t.match(text, 'add element inet svclane cluster-ips4 { 10.96.0.10 }');
  t.match(text, 'add element inet svclane cluster-ips6 { fd96::a }');
});

t.test('a family that the machine lacks is nowhere in the table', async (t) => {
  const text = replaceTable(['IPv4'], { elements: [dns], clusterIPs: [] });
  t.notMatch(text, /ip6|icmpv6|frontends6/);
});

t.test('a change takes out first, then puts in', async (t) => {
  const moved = elementFor(frontend('10.96.0.10', 53, 'UDP'), { address: '169.254.77.1', port: 61001 });
  const text = changeElements(
    { elements: [dns], clusterIPs: ['10.96.0.10'] },
    { elements: [moved], clusterIPs: ['10.96.0.11'] },
  );
  t.same(text.trim().split('\n'), [
    'delete element inet svclane frontends4 { 10.96.0.10 . udp . 53 : 169.254.77.1 . 61000 }',
    'delete element inet svclane quoted4 { 10.96.0.10 . 53 }',
    'delete element inet svclane cluster-ips4 { 10.96.0.10 }',
    'add element inet svclane frontends4 { 10.96.0.10 . udp . 53 : 169.254.77.1 . 61001 }',
    'add element inet svclane quoted4 { 10.96.0.10 . 53 }',
    'add element inet svclane cluster-ips4 { 10.96.0.11 }',
  ]);
  const nothing = { elements: [], clusterIPs: [] };
  t.equal(changeElements(nothing, nothing), '');
});

t.test('removal succeeds also where there is no table', async (t) => {
  t.equal(removeTable(), 'table inet svclane\ndelete table inet svclane\n');
});

t.test('elements are read back from a listing; what is not understood is left out', async (t) => {
  const elem = [
    [{ concat: ['10.96.0.10', 'udp', 53] }, { concat: ['169.254.77.1', 61000] }],
    [{ concat: ['fd96::a', 'tcp', 80] }, { concat: ['fd53:766c:616e:6500::1', 61000] }],
    [{ concat: ['10.96.0.11', 17, 53] }, { concat: ['169.254.77.1', 61001] }],
    [{ concat: ['10.96.0.10', 'sctp', 53] }, { concat: ['169.254.77.1', 61000] }],
    [{ concat: ['nonsense', 'udp', 53] }, { concat: ['169.254.77.1', 61000] }],
    [{ concat: ['10.96.0.10', 'udp', 'domain'] }, { concat: ['169.254.77.1', 61000] }],
    [{ concat: ['10.96.0.10', 'udp', 53] }],
    'nonsense',
  ];
  const listing = {
    nftables: [{ metainfo: {} }, { table: { name: 'svclane' } }, { map: { name: 'frontends4', elem } }],
  };
  t.match(parseElements(JSON.stringify(listing)), [
    { frontend: { key: '10.96.0.10:53/UDP', family: 'IPv4' }, binding: dns.binding, text: dns.text },
    { frontend: { key: '[fd96::a]:80/TCP', family: 'IPv6' }, binding: web.binding, text: web.text },
    { frontend: { key: '10.96.0.11:53/UDP' } },
  ]);
  t.equal(parseElements(JSON.stringify(listing)).length, 3);
  t.same(parseElements('{"nftables": [{"map": {"name": "frontends4"}}]}'), [], 'an empty map has no elements');
  t.same(parseElements('[]'), []);
});

t.test("a table without the mark is not svclane's", async (t) => {
  t.notOk(bearsMark('table inet svclane {\n}'));
  t.ok(bearsMark(`table inet svclane {\n\tcomment "${TABLE_MARK}"\n}`));
});

function frontend(address: string, port: number, protocol: 'TCP' | 'UDP'): Frontend {
  const v6 = address.includes(':');
  const key = `${v6 ? `[${address}]` : address}:${port}/${protocol}`;
  return { key, kind: 'clusterIP', address, port, protocol, family: v6 ? 'IPv6' : 'IPv4' };
}
