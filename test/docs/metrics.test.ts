import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { isRecord } from '../../src/lib/is-record.ts';
import { metricTable } from '../fixtures/metrics-reference.ts';
import { type MetricFacts, metricsIn, metricsRig, partsOf, publishEverything } from '../fixtures/metrics-text.ts';
import { askedMetrics, groupingLabels } from '../fixtures/promql.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** What a scrape adds to each sample. */
const OF_PROMETHEUS = ['instance', 'job', 'le'];

const COMMANDS = /^svclane (doctor|history|explain|probe|get (listeners|ejections|services|conns|overrides|faults))\b/;

t.test('docs/metrics.md has the metrics that there are', async (t) => {
  const docs = readProject('docs/metrics.md');
  const table = docs.split('<!-- metrics -->')[1]?.split('<!-- end of metrics -->')[0]?.trim();
  t.equal(table, metricTable(await exposed(t)));
});

t.test('alerts ask for metrics and labels that there are, and name the next command', async (t) => {
  const known = await exposed(t);
  const alerts = alertsOf(parse(readProject('config/alerts.yaml')));
  t.ok(alerts.length > 10);
  for (const { alert, expr, annotations } of alerts) {
    checkExpression(t, known, String(alert), String(expr));
    const texts = isRecord(annotations) ? annotations : {};
    t.match(texts.runbook, COMMANDS, `${alert} names a command`);
    for (const key of ['summary', 'description']) t.type(texts[key], 'string', `${alert} has a ${key}`);
  }
});

t.test('every alert is told of in docs/metrics.md', async (t) => {
  const docs = readProject('docs/metrics.md');
  for (const { alert } of alertsOf(parse(readProject('config/alerts.yaml')))) t.match(docs, `\`${alert}\``);
});

t.test('the dashboard asks for metrics and labels that there are, at the data source that is chosen', async (t) => {
  const known = await exposed(t);
  const dashboard: unknown = JSON.parse(readProject('config/grafana-dashboard.json'));
  const { schemaVersion, panels, templating } = isRecord(dashboard) ? dashboard : {};
  t.ok(Number(schemaVersion) >= 36, 'a version that has data sources by uid');
  const shown = records(panels).filter(({ type }) => type !== 'row');
  t.ok(shown.length >= 20);
  for (const { title, datasource, targets, gridPos } of shown) {
    t.match(datasource, { type: 'prometheus', uid: '$' + '{datasource}' }, `${title}`);
    t.ok(isRecord(gridPos) && Number(gridPos.x) + Number(gridPos.w) <= 24, `${title} is not wider than the page`);
    t.ok(records(targets).length > 0, `${title} asks for something`);
    for (const { expr } of records(targets)) checkExpression(t, known, String(title), String(expr));
  }
  t.equal(new Set(records(panels).map(({ id }) => id)).size, records(panels).length, 'no id comes twice');
  const variables = records(isRecord(templating) ? templating.list : []);
  t.same(
    variables.map(({ name }) => name),
    ['datasource', 'instance', 'namespace', 'service'],
  );
  for (const { name, definition } of variables.slice(1)) checkExpression(t, known, `$${name}`, String(definition));
});

async function exposed(t: Test): Promise<readonly MetricFacts[]> {
  const metrics = metricsRig(t, { endpointLabels: true });
  publishEverything();
  return metricsIn((await partsOf(metrics.renderMetrics())).join(''));
}

/** Metrics as PromQL has them: a histogram is three. */
function checkExpression(t: Test, known: readonly MetricFacts[], where: string, expression: string): void {
  const labelsOf = new Map(
    known.flatMap(({ name, type, labels }) => {
      const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name];
      return names.map((each) => [each, labels] as const);
    }),
  );
  const asked = askedMetrics(expression);
  t.not(asked.length, 0, `${where} asks for metrics`);
  const all = new Set(OF_PROMETHEUS);
  for (const { metric, labels } of asked) {
    const own = labelsOf.get(metric);
    t.ok(own, `${where}: ${metric} is exposed`);
    for (const label of own ?? []) all.add(label);
    for (const label of labels) t.ok(own?.has(label) || OF_PROMETHEUS.includes(label), `${where}: ${metric}{${label}}`);
  }
  for (const label of groupingLabels(expression)) t.ok(all.has(label), `${where}: by (${label})`);
}

function alertsOf(rules: unknown): readonly Record<string, unknown>[] {
  return records(isRecord(rules) ? rules.groups : []).flatMap((group) => records(group.rules));
}

function records(list: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function readProject(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}
