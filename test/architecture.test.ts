import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';

const root = resolve(import.meta.dirname, '..', 'src');

/** Longest prefix wins: where a file stands, its rank, and the folder that counts as one unit. */
const UNITS: readonly (readonly [prefix: string, rank: number])[] = [
  ['errors.ts', 0],
  ['lib/', 0],
  ['model/', 0],
  ['config/', 1],
  ['routing/', 1],
  ['balancing/', 1],
  ['recording/', 1],
  ['audit/', 1],
  ['observability/channels.ts', 1],
  ['source/kubernetes/', 2],
  ['source/manifests/', 2],
  ['proxy/', 2],
  ['transport/', 2],
  ['host/', 2],
  ['admin/', 2],
  ['history-file/', 2],
  ['observability/', 2],
  ['dns/', 2],
  ['front/', 2],
  ['daemon.ts', 3],
  ['daemon/', 3],
  ['cli/', 4],
  ['main.ts', 5],
];

/** Packages that one folder alone may import. */
const OWNERS: readonly (readonly [module: RegExp, ...places: string[]])[] = [
  [/^@kubernetes\/client-node/, 'source/kubernetes/'],
  [/^fastify$|^@fastify\//, 'admin/'],
  [/^pino$/, 'observability/'],
  [/^commander$/, 'cli/'],
  [/^ws$/, 'transport/'],
  [/^dns-packet$/, 'dns/'],
  [/^js-yaml$/, 'lib/yaml/'],
  [/^node:dgram$/, 'proxy/', 'dns/', 'cli/demo-backends.ts'],
];

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();

const imports = new Map(files.map((file) => [file, importsOf(file)]));
const runtimeImports = new Map(files.map((file) => [file, importsOf(file, /^(import|export)\s+type\s/)]));

/** Of node:net only `isIP` and its like are of use to pure code. */
const PURE_MODULES: ReadonlySet<string> = new Set(['node:net', 'node:util']);

t.test('every file has a rank, and imports only lower ranks, and among equals only outside of rank 2', async (t) => {
  for (const [file, targets] of imports) {
    const from = unitOf(file);
    t.ok(from, `${file} stands in a folder of the layout`);
    for (const target of targets.filter((name) => name.endsWith('.ts'))) {
      const to = unitOf(target);
      const sameRank = from?.rank === to?.rank && from?.rank !== 2;
      const allowed = from && to && (from.prefix === to.prefix || to.rank < from.rank || sameRank);
      t.ok(allowed, `${file} may import ${target}`);
    }
  }
});

t.test('there are no import cycles', async (t) => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) t.fail(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
    if (done.has(file) || path.includes(file)) return;
    for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  t.equal(done.size, files.length, 'every file was visited');
});

t.test('a package with one owner is imported nowhere else', async (t) => {
  for (const [file, targets] of imports) {
    for (const [module, ...places] of OWNERS) {
      const used = targets.some((name) => module.test(name));
      t.ok(!used || places.some((place) => file.startsWith(place)), `${file} does not import ${module.source}`);
    }
  }
});

t.test('pure folders import no I/O and read no clock, environment or random source', async (t) => {
  const impure = /\bDate\.now\(|\bprocess\.\w|\bMath\.random\(|\bperformance\.now\(|\bnew Date\(\)/;
  for (const file of files.filter((name) => /^(model|routing|recording|balancing|audit|config)\//.test(name))) {
    const io = (runtimeImports.get(file) ?? []).filter((name) => name.startsWith('node:') && !PURE_MODULES.has(name));
    t.same(io, [], `${file} imports no I/O`);
    t.notMatch(readFileSync(join(root, file), 'utf8'), impure, `${file} is pure`);
  }
});

t.test('process.exit is called by main alone', async (t) => {
  for (const file of files.filter((name) => name !== 'main.ts')) {
    t.notMatch(readFileSync(join(root, file), 'utf8'), /process\.exit\(/, file);
  }
});

function unitOf(file: string): { prefix: string; rank: number } | undefined {
  const unit = UNITS.find(([prefix]) => file === prefix || (prefix.endsWith('/') && file.startsWith(prefix)));
  return unit && { prefix: unit[0], rank: unit[1] };
}

/** What a file imports at run time or for types: paths below src for own files, module names otherwise. */
function importsOf(file: string, without?: RegExp): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:^|\n)(?:import|export)\s[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g);
  const wanted = [...found].filter((match) => !without?.test(match[0].trimStart()));
  return wanted.map((match) => {
    const name = match[1] ?? match[2] ?? '';
    return name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name;
  });
}
