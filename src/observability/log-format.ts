/**
 * Log lines for people: a JSON line becomes one readable line.
 *
 * Whatever is in a value, a line stays one line: values with spaces, quotes or control characters are quoted and
 * escaped, so that nobody can forge lines or move a terminal's cursor by a name.
 */

const PRIORITIES: Readonly<Record<string, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };

/** `2026-11-22T14:02:07.123Z WARN  message  key=value …` with a newline. */
export function formatText(json: string): string {
  const { level, ts, rest } = parseLine(json);
  return `${ts} ${level.toUpperCase().padEnd(5)} ${rest}\n`;
}

/** `<4>message  key=value …` with a newline. Source: sd-daemon(3), the prefixes of log levels. */
export function formatJournal(json: string): string {
  const { level, rest } = parseLine(json);
  return `<${PRIORITIES[level] ?? 6}>${rest}\n`;
}

function parseLine(json: string): { readonly level: string; readonly ts: string; readonly rest: string } {
  const { level, ts, msg, ...fields } = parseRecord(json);
  const pairs = Object.entries(fields).map(([key, value]) => `${escapeControls(key)}=${formatValue(value)}`);
  const message = escapeControls(typeof msg === 'string' ? msg : '');
  return { level: textOf(level), ts: textOf(ts), rest: [message, pairs.join(' ')].filter(Boolean).join('  ') };
}

function parseRecord(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : { msg: json };
  } catch {
    return { msg: json };
  }
}

function formatValue(value: unknown): string {
  if (typeof value !== 'string') return escapeControls(JSON.stringify(value) ?? '');
  return value === '' || /[\s"=\\]|[^\P{C}\p{Cn}]/u.test(value) ? escapeControls(JSON.stringify(value)) : value;
}

/** Control and format characters, line separators included, as \u escapes. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    [...char].map((one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join(''),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
