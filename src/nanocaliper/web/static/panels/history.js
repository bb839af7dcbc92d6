import { el } from "../dom.js";

export function makeHistoryPanel() {
  return { node: el("div", {}) };
}
