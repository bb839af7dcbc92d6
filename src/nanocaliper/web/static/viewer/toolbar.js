// The buttons: tools in a column at the left, what is shown in a row above.

import { el, fill } from "../dom.js";
import { nameOf, t } from "../texts.js";
import { toolIcon } from "./icons.js";
import { keysOf } from "./shortcuts.js";
import { TOOLS } from "./tools.js";

const LEFT = [["select", "lasso", "hand"], ["polygon", "freehand", "ellipse", "repaint"],
  ["split", "merge", "remove", "restore"], ["setClass", "exclude"]];
const TOP = [["zoomOut", "zoomIn", "fit", "oneToOne"], ["ids", "leftOut", "compare", "window"]];
const TOGGLES = new Set(["ids", "leftOut", "compare", "window"]);
const COLOURS = ["none", "state", "shape", "size", "score"];

export function createToolbar(commands, tools, { onColour, shapes }) {
  const buttons = new Map();

  function button(name) {
    const text = t("viewer.withKey", { text: t(`viewer.tools.${name}`), keys: keysOf(name) });
    const made = el("button", {
      type: "button", class: "viewer-button", title: text, "aria-label": text, tabindex: "-1",
      "aria-keyshortcuts": keysOf(name).replace("Ctrl", "Control"),
      "aria-pressed": TOOLS.includes(name) || TOGGLES.has(name) ? "false" : null,
      on: { click: () => commands.run[name]() },
    }, name === "oneToOne" ? t("viewer.oneToOneShort") : toolIcon(name));
    buttons.set(name, made);
    return made;
  }

  const group = (names) => el("div", { class: "viewer-group", role: "group" }, names.map(button));
  const toolsBar = el("div", {
    class: "viewer-tools", role: "toolbar", "aria-label": t("viewer.toolbar"), "aria-orientation": "vertical",
  }, LEFT.map(group));
  const colour = el("select", {
    class: "viewer-select", "aria-label": t("viewer.colourBy"), on: { change: () => onColour(colour.value) },
  }, COLOURS.map((by) => el("option", { value: by }, t(`viewer.colours.${by}`))));
  const optionsBar = el("div", { class: "viewer-options", role: "toolbar", "aria-label": t("viewer.options") },
    TOP.map(group),
    el("label", { class: "viewer-colour" }, t("viewer.colourBy"), colour));
  rove(toolsBar);
  rove(optionsBar);

  const menu = el("div", { class: "viewer-menu", role: "menu", "aria-label": t("viewer.shapesMenu"), hidden: true });
  toolsBar.append(menu);

  function closeMenu() {
    menu.hidden = true;
    buttons.get("setClass").focus();
  }

  menu.addEventListener("keydown", (event) => {
    const items = [...menu.children];
    const at = items.indexOf(document.activeElement);
    const letter = event.key.length === 1 && items.find((item) => item.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else if (event.key === "Escape") closeMenu();
    else if (letter) letter.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.hidden = true;
  });

  return {
    tools: toolsBar,
    options: optionsBar,
    holds: (node) => toolsBar.contains(node) || optionsBar.contains(node),
    press: (name, on) => buttons.get(name).setAttribute("aria-pressed", String(on)),
    showTool(name) {
      for (const tool of TOOLS) buttons.get(tool).setAttribute("aria-pressed", String(tool === name));
    },
    showColour: (by) => (colour.value = by),
    enable({ selected, particles }) {
      const states = [...selected].map((id) => particles.get(id).state === "deleted");
      const off = {
        merge: states.filter((deleted) => !deleted).length < 2,
        remove: !states.includes(false),
        restore: !states.includes(true),
        setClass: selected.size === 0,
        repaint: selected.size !== 1,
      };
      for (const [name, disabled] of Object.entries(off)) buttons.get(name).setAttribute("aria-disabled", String(disabled));
    },
    openShapes(choose) {
      fill(menu, [...shapes, ""].map((shape) => el("button", {
        type: "button", role: "menuitem", class: "viewer-menu-item", tabindex: "-1",
        on: { click: () => { closeMenu(); choose(shape); } },
      }, shape ? nameOf("names.shapes", shape) : t("viewer.noClass"))));
      menu.style.top = `${buttons.get("setClass").offsetTop}px`;
      menu.hidden = false;
      menu.firstElementChild.focus();
    },
  };
}

/** One stop of the tab key for a toolbar; arrows go along it. */
function rove(bar) {
  const items = () => [...bar.querySelectorAll("button, select")].filter((item) => !item.closest("[role=menu]"));
  items()[0].tabIndex = 0;
  bar.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(event.target);
    const select = event.target instanceof HTMLSelectElement;
    const by = { ArrowRight: 1, ArrowDown: select ? 0 : 1, ArrowLeft: -1, ArrowUp: select ? 0 : -1 }[event.key];
    if (at < 0 || !by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all[(at + by + all.length) % all.length];
    all.forEach((item) => (item.tabIndex = item === next ? 0 : -1));
    next.focus();
  });
}
