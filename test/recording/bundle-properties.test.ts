import fc from 'fast-check';
import t from 'tap';
import { SvclaneError } from '../../src/errors.ts';
import { anyPast, isSameTable, playPast } from '../fixtures/histories.ts';
import { PROPERTY_SEED } from '../fixtures/property.ts';
import { bundleText, historyOfTables, readTables } from '../fixtures/records.ts';

t.test('a bundle reproduces every table that was in force', async (t) => {
  const property = fc.asyncProperty(anyPast, fc.constantFrom('', 'x'), async (past, serviceProxyName) => {
    // A step without an effect is no table.
    const tables = [...new Set(playPast(past, serviceProxyName))];
    const text = await bundleText(historyOfTables(tables, 1000, serviceProxyName));
    const read = readTables(text);
    return read.length === tables.length && read.every((table, place) => isSameTable(table, tables[place]));
  });
  await fc.assert(property, { seed: PROPERTY_SEED, numRuns: 300 });
  t.pass('holds');
});

t.test('whatever was done to a bundle, it is read or refused with the number of a line', async (t) => {
  const property = fc.asyncProperty(anyPast, fc.nat(), fc.nat(), anyDamage, async (past, a, b, damage) => {
    const text = await bundleText(historyOfTables(playPast(past)));
    const broken = damage(text, a % text.length, b);
    try {
      readTables(broken, { partial: b % 2 === 0 });
    } catch (error) {
      if (!(error instanceof SvclaneError)) throw error;
      return error.code === 'SVL_BUNDLE_INVALID' && /^b\.jsonl:\d+: /.test(error.message);
    }
    return true;
  });
  await fc.assert(property, { seed: PROPERTY_SEED, numRuns: 600 });
  t.pass('holds');
});

type Damage = (text: string, at: number, number: number) => string;

const VALUES = ['null', '-1', '[]', '{}', '""', '1e999', '"__proto__"', 'true', '9007199254740993', '"\\u0000"'];

const anyDamage = fc.constantFrom<Damage>(
  (text, at) => text.slice(0, at),
  (text, at) => `${text.slice(0, at)}${text.slice(at + 1)}`,
  (text, at, number) => `${text.slice(0, at)}${String.fromCharCode(number % 256)}${text.slice(at + 1)}`,
  (text, at) => text.slice(at),
  // A value is another one.
  (text, at, number) => {
    const end = text.slice(at).replace(/":("[^"]*"|\d+|true|false)/, `":${VALUES[number % VALUES.length]}`);
    return `${text.slice(0, at)}${end}`;
  },
  // A line is there twice, is gone, or comes first.
  (text, at) => text.replace(lineAt(text, at), (line) => `${line}${line}`),
  (text, at) => text.replace(lineAt(text, at), ''),
  (text, at) => `${lineAt(text, at)}${text}`,
);

function lineAt(text: string, at: number): string {
  const start = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1;
  return text.slice(start, text.indexOf('\n', start) + 1);
}
