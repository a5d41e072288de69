/**
 * What the page asks the daemon, and the time that the daemon has.
 */

const TIMEOUT_MS = 15_000;

/** The daemon answered, and the answer is no. */
export class ApiProblem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} detail
   * @param {string} hint
   */
  constructor(status, code, detail, hint) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** In memory only: whatever is served at this port later must not find it. */
let token = '';
let offsetMs = 0;

/** @param {string} text "" = none */
export function setToken(text) {
  token = text;
}

/** Whether a token was entered. */
export function hasToken() {
  return token !== '';
}

/** The daemon's wall time in ms, to about a second: the browser may be on another machine. */
export function serverNow() {
  return Date.now() + offsetMs;
}

/**
 * A path with a query; parameters that are "" or absent are left out.
 * @param {string} path
 * @param {Readonly<Record<string, string | number | undefined>>} [query]
 */
export function urlOf(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The headers that every request has. @returns {Record<string, string>} */
export function requestHeaders() {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

/**
 * Asks for JSON. Throws `ApiProblem` where the daemon says no, and `TypeError` or a `DOMException` where it cannot be reached.
 * @template T
 * @param {string} path
 * @param {Readonly<Record<string, string | number | undefined>>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function getJson(path, query, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(urlOf(path, query), {
    headers: requestHeaders(),
    cache: 'no-store',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  return readAnswer(response);
}

/**
 * Changes something. Throws as `getJson` does.
 * @param {'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<unknown>}
 */
export async function send(method, path, body) {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(path, {
    method,
    headers: { ...requestHeaders(), ...json },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return readAnswer(response);
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function readAnswer(response) {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) noteDate(date);
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  const { code = `HTTP_${response.status}`, detail = response.statusText, hint = '' } = parseProblem(text);
  throw new ApiProblem(response.status, code, detail, hint);
}

/** The header has whole seconds: what is within one of them is no difference. @param {number} date */
function noteDate(date) {
  const difference = date - Date.now();
  offsetMs = Math.abs(difference) < 2_000 ? 0 : difference;
}

/**
 * @param {string} text
 * @returns {{code?: string, detail?: string, hint?: string}}
 */
function parseProblem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
