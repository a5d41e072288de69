/**
 * Times, sizes and counts as people read them; and words for a shell.
 */

/** `3s`, `5m12s`, `4h02m`, `3d`. @param {number} seconds */
export function formatAge(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)}h${two(Math.floor((whole % 3_600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d`;
}

/** `14:02:07` of today, `11-22 14:02:07` of another day; in the browser's zone. @param {string} iso @param {number} nowMs */
export function formatTime(iso, nowMs) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  return isToday ? time : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** `512`, `1.2Ki`, `88Ki`. @param {number} bytes */
export function formatBytes(bytes) {
  let value = bytes;
  for (const unit of ['', 'Ki', 'Mi', 'Gi']) {
    if (value < 1024) return `${unit === '' || value >= 10 ? Math.round(value) : value.toFixed(1)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)}Ti`;
}

/** `1 endpoint`, `2 endpoints`. @param {number} count @param {string} noun @param {string} [plural] */
export function plural(count, noun, plural = `${noun}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`;
}

/** The name of a Service port, or its number. @param {{readonly portName: string, readonly port: number}} port */
export function portNameOf({ portName, port }) {
  return portName || String(port);
}

/**
 * A command line of svclane that a shell takes as these words, whatever is in them. Words that are "" or `false` are left
 * out.
 * @param {...(string | false)} words
 */
export function commandLine(...words) {
  const wanted = words.filter((word) => word !== '' && word !== false);
  return ['svclane', ...wanted.map((word) => shellWord(String(word)))].join(' ');
}

/** @param {string} word */
function shellWord(word) {
  // A terminal would act on control characters even within quotes.
  const plain = [...word].map((character) => (isControl(character) ? '?' : character)).join('');
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", "'\\''")}'`;
}

/** @param {string} character */
function isControl(character) {
  const code = character.codePointAt(0) ?? 0;
  return code < 32 || (code >= 127 && code < 160);
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, '0');
}
