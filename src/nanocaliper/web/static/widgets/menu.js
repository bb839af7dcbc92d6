/** A menu that a button opens (WAI-ARIA menu button). */

import { el, icon } from "../dom.js";

/**
 * Make a button a menu button.
 *
 * @param {HTMLElement} button
 * @param {function(): Array<object|string|null>} itemsOf items when it opens: {label, icon?, run?, href?, download?,
 *   note?, disabled?}, "-" for a line, {title} for a heading
 */
export function attachMenu(button, itemsOf) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    event.stopPropagation();
    showMenu(button, itemsOf());
  });
}

/**
 * Open a menu beside a button.
 *
 * @param {HTMLElement} button
 * @param {Array<object|string|null>} items
 */
export function showMenu(button, items) {
  const close = (giveFocus = true) => {
    if (!menu.isConnected) return;
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("blur", leave);
    window.removeEventListener("resize", leave);
    button.setAttribute("aria-expanded", "false");
    menu.remove();
    if (giveFocus && button.isConnected) button.focus();
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) close(false);
  };
  const leave = () => close(false);

  const menu = el(
    "div",
    { class: "menu", role: "menu", "aria-label": button.getAttribute("aria-label") ?? button.textContent.trim() },
    items.filter(Boolean).map((item) => makeItem(item, close)),
  );
  menu.addEventListener("keydown", (event) => moveFocus(event, menu, close));
  // Inside a landmark, so that those who go from one to the next find it.
  (document.querySelector("main") ?? document.body).append(menu);
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("blur", leave);
  window.addEventListener("resize", leave);
  itemsIn(menu)[0]?.focus();
}

function makeItem(item, close) {
  if (item === "-") return el("div", { role: "separator" });
  if (item.title) return el("div", { class: "menu-title", role: "presentation" }, item.title);
  const inside = [
    item.icon && icon(item.icon),
    el("span", {}, item.label),
    item.note && el("span", { class: "menu-note" }, item.note),
  ];
  const props = { role: "menuitem", tabindex: -1, "aria-disabled": item.disabled ? "true" : null };
  if (item.href && !item.disabled) {
    return el(
      "a",
      { ...props, href: item.href, download: item.download ?? null, target: item.target ?? null, on: { click: () => close() } },
      inside,
    );
  }
  const run = () => {
    if (item.disabled) return;
    close();
    item.run?.();
  };
  return el("button", { ...props, type: "button", on: { click: run } }, inside);
}

const itemsIn = (menu) => [...menu.querySelectorAll('[role="menuitem"]')];

function moveFocus(event, menu, close) {
  const items = itemsIn(menu);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  } else if (event.key === "Escape") {
    close();
  } else if (event.key === "Tab") {
    close(false);
  } else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
    const after = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    after.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  } else {
    return;
  }
  event.stopPropagation();
}

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
  const below = at.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 4) : below;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
