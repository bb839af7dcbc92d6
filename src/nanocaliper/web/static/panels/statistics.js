import { el } from "../dom.js";

export function makeStatisticsPanel() {
  return { node: el("div", {}) };
}
