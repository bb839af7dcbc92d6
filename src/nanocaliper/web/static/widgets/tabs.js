/** Tabs after the WAI-ARIA pattern: arrows move, the panel follows. */

import { el, icon, uniqueId } from "../dom.js";

/**
 * Make tabs.
 *
 * @param {Array<{id: string, label: string, icon?: string, panel: HTMLElement}>} tabs
 * @param {{label: string, chosen?: string, onChange?: function(string): void}} options
 * @returns {{node: HTMLElement, choose: function(string, boolean=): void, chosen: function(): string,
 *   mark: function(string, boolean, string): void}}
 */
export function makeTabs(tabs, { label, chosen = tabs[0].id, onChange = () => {} }) {
  const buttons = new Map();
  const list = el("div", { class: "tab-list", role: "tablist", "aria-label": label });
  const node = el("div", { class: "tabs" }, list);
  let current = null;

  for (const tab of tabs) {
    const id = uniqueId("tab");
    const mark = el("span", { class: "tab-mark", hidden: true }, icon("warning", "small"), el("span", { class: "visually-hidden" }));
    const button = el(
      "button",
      { id, type: "button", role: "tab", "aria-controls": `${id}-panel`, on: { click: () => choose(tab.id) } },
      tab.icon && icon(tab.icon),
      el("span", {}, tab.label),
      mark,
    );
    tab.panel.id = `${id}-panel`;
    tab.panel.setAttribute("role", "tabpanel");
    tab.panel.setAttribute("aria-labelledby", id);
    tab.panel.tabIndex = 0;
    tab.panel.classList.add("tab-panel");
    buttons.set(tab.id, { button, panel: tab.panel, mark });
    list.append(button);
    node.append(tab.panel);
  }

  list.addEventListener("keydown", (event) => {
    const ids = [...buttons.keys()];
    const at = ids.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(ids[(to + ids.length) % ids.length], true);
  });

  function choose(id, focus = false) {
    const before = current;
    current = id;
    for (const [name, { button, panel }] of buttons) {
      const on = name === id;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
      panel.hidden = !on;
    }
    if (focus) buttons.get(id).button.focus();
    if (before !== id) onChange(id);
  }

  choose(chosen);
  return {
    node,
    choose,
    chosen: () => current,
    /** Put a warning mark on a tab, in words too. */
    mark(id, on, words) {
      const { mark } = buttons.get(id);
      mark.hidden = !on;
      mark.lastChild.textContent = on ? words : "";
    },
  };
}
