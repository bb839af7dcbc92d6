/** Placeholder until the table is there. */

import { el, fill } from "../dom.js";

export function createTable(host) {
  return {
    load: (payload) => fill(host, el("p", { class: "note" }, payload ? `${payload.rows.length} rows` : "")),
    select() {},
    destroy: () => fill(host),
  };
}
