/** Pieces that every section of the results is made of. */

import { el } from "../dom.js";

/** A section with a heading that the contents at the side can jump to. */
export function makeSection(id, title, ...content) {
  const inside = content.flat(2).filter(Boolean);
  if (inside.length === 0) return null;
  return el("section", { class: "result-section", id: `section-${id}` }, el("h2", { tabindex: -1 }, title), inside);
}

/**
 * A table of data.
 *
 * @param {string} caption
 * @param {Array<string|{text: string, words?: boolean}>} head
 * @param {Array<{cells: Array, kind?: string}|Array>} rows the first cell of each names the row
 * @returns {HTMLElement}
 */
export function makeTable(caption, head, rows) {
  const columns = head.map((one) => (typeof one === "string" ? { text: one } : one));
  return el(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      { class: "data" },
      el("caption", { class: "visually-hidden" }, caption),
      el("thead", {}, el("tr", {}, columns.map(({ text, words }) => el("th", { scope: "col", class: words ? "words" : null }, text)))),
      el(
        "tbody",
        {},
        rows.map((row) => {
          const { cells, kind = null } = Array.isArray(row) ? { cells: row } : row;
          return el(
            "tr",
            { class: kind },
            cells.map((cell, at) => (at === 0 ? el("th", { scope: "row", class: columns[at]?.words ? "words" : null }, cell) : el("td", { class: columns[at]?.words ? "words" : null }, cell))),
          );
        }),
      ),
    ),
  );
}
