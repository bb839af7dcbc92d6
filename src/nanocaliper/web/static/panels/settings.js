import { el } from "../dom.js";

export function makeSettingsPanel() {
  return { node: el("div", {}) };
}
