/**
 * Elements from data. What comes from elsewhere goes in as text, never as markup: names of objects are other people's.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Readonly<Record<string, unknown>>} Props */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An HTML element. A prop is an attribute: `true` = without a value, `undefined` and `false` = absent; one that begins
 * with `on` is a listener.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/**
 * An SVG element, by the same rules.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Props} props
 * @param {readonly Child[]} children
 * @returns {E}
 */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), (event) => value(event));
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...nodesOf(children));
  return element;
}

/**
 * @param {readonly Child[]} children
 * @returns {(Node | string)[]}
 */
function nodesOf(children) {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Puts children in the place of those that are there.
 * @param {Element} element
 * @param {...Child} children
 */
export function replace(element, ...children) {
  element.replaceChildren(...nodesOf(children));
}

/**
 * Sets a text, without touching the document where it is that already.
 * @param {Element} element
 * @param {string | number} text
 */
export function setText(element, text) {
  const wanted = String(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/**
 * Draws anew only where the data differ from those last drawn; the focus stays on the control of the same `data-key`.
 * @param {Element} container
 * @param {unknown} data
 * @param {() => readonly Child[]} build
 */
export function redraw(container, data, build) {
  const signature = JSON.stringify(data);
  if (drawn.get(container) === signature) return;
  drawn.set(container, signature);
  const active = document.activeElement;
  const key = active instanceof HTMLElement && container.contains(active) ? active.dataset.key : undefined;
  replace(container, ...build());
  if (key === undefined) return;
  const again = container.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/** @type {WeakMap<Element, Map<string, Element>>} */
const keyedChildren = new WeakMap();

/**
 * Makes the children of a container those of the items, in their order. Elements stay with their keys, and so does focus.
 * @template T
 * @template {Element} E
 * @param {Element} container
 * @param {readonly T[]} items
 * @param {{keyOf: (item: T) => string, create: (item: T) => E, update: (element: E, item: T) => void}} how
 */
export function keyed(container, items, { keyOf, create, update }) {
  const old = /** @type {Map<string, E>} */ (keyedChildren.get(container) ?? new Map());
  /** @type {Map<string, E>} */
  const kept = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const element = old.get(key) ?? create(item);
    update(element, item);
    kept.set(key, element);
  }
  for (const [key, element] of old) if (!kept.has(key)) element.remove();
  let next = container.firstElementChild;
  for (const element of kept.values()) {
    if (element === next) next = next.nextElementSibling;
    else container.insertBefore(element, next);
  }
  keyedChildren.set(container, kept);
}
