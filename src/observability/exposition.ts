/**
 * The text that Prometheus reads: names, labels and values of single lines.
 *
 * Source: the Prometheus text exposition format, version 0.0.4.
 */

/** What a family begins with. */
export function metricHeader(name: string, help: string, type: string): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
}

/** A line but for its value: `name{label="value"}`. */
export function sampleHead(name: string, labels: readonly string[], values: readonly string[]): string {
  const pairs = labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? '')}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(',')}}` : name;
}

export function sampleLine(name: string, labels: readonly string[], values: readonly string[], value: number): string {
  return `${sampleHead(name, labels, values)} ${formatNumber(value)}\n`;
}

/** A value as the format writes it. */
export function formatNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
