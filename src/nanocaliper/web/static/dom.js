/** Making elements. Text is always set as text, so nothing that came from a file can become markup. */

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("icons/sprite.svg", import.meta.url).pathname;

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {object} [props] `class`, `on` ({click: fn}), `data` ({id: 3}), `style` ({"--share": 0.3}), IDL properties
 *   (value, checked, disabled, …) and attributes; null, undefined and false leave an attribute away.
 * @param {...(Node|string|number|null|Array)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    setProp(node, name, value);
  }
  node.append(...flatten(children));
  return node;
}

const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open", "selected", "multiple"]);

function setProp(node, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === "data") {
    Object.assign(node.dataset, value);
  } else if (name === "style") {
    for (const [property, setting] of Object.entries(value)) node.style.setProperty(property, setting);
  } else if (AS_PROPERTY.has(name)) {
    node[name] = value ?? (name === "value" ? "" : false);
  } else if (value === true) {
    node.setAttribute(name, "");
  } else if (value !== null && value !== undefined && value !== false) {
    node.setAttribute(name, String(value));
  }
}

function flatten(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Put new children in place of the old.
 *
 * @param {Element} node
 * @param {...(Node|string|null|Array)} children
 * @returns {Element} the node
 */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

/**
 * Make an icon of the sprite; it says nothing to a screen reader, so put words beside it.
 *
 * @param {string} name id of a symbol in icons/sprite.svg
 * @param {string} [className]
 * @returns {SVGElement}
 */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${className}`.trim());
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

let lastId = 0;

/**
 * Make an id that no other element of the page has.
 *
 * @param {string} prefix
 * @returns {string}
 */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
