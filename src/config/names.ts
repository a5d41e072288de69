/**
 * Names of Kubernetes objects, as far as the configuration has to tell a name from a mistake.
 */

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether `text` can name a namespace or a Service. Source: RFC 1123 label, metadata.name of both. */
export function isLabelName(text: string): boolean {
  return LABEL.test(text);
}

/** Whether `text` can name a Node. Source: RFC 1123 subdomain, metadata.name of a Node. */
export function isNodeName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

/** Whether `value` is a port number, or can be the name of a port. Source: RFC 1123 label, spec.ports[].name. */
export function isPort(value: string | number): boolean {
  const number = typeof value === 'number' || /^\d+$/.test(value) ? Number(value) : undefined;
  if (number === undefined) return LABEL.test(String(value)) && /[a-z]/.test(String(value));
  return Number.isInteger(number) && number >= 1 && number <= 65_535;
}

/** Whether `text` can be the value of a label, the empty one apart. Source: metadata.labels. */
export function isLabelValue(text: string): boolean {
  return /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text);
}
