/**
 * The one check for values of parsed JSON or YAML that have keys.
 */

/** Whether a value is an object that is no list: the only thing that has keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
