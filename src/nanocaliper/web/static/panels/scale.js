import { el } from "../dom.js";

export function makeScalePanel() {
  return { node: el("div", {}) };
}
