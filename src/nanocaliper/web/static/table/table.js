/** The table of particles: only the rows in sight are in the page, so 5,000 are as quick as 50. */

import { el, fill, uniqueId } from "../dom.js";
import { t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { makeColumnChooser } from "./chooser.js";
import { allColumns, formatCell, labelOf, unitOf, usualColumns } from "./columns.js";
import { readFilter, sortRows, toTsv } from "./rows.js";

const ROW_PX = 24;
const SPARE_ROWS = 6;
const FILTER_AFTER_MS = 120;

/**
 * @param {HTMLElement} host
 * @param {{onSelect: function(number[]): void}} options told the ids that are selected here
 */
export function createTable(host, { onSelect }) {
  const prefix = uniqueId("particle");
  const filter = el("input", {
    type: "search", class: "table-filter", placeholder: t("table.filterPlaceholder"),
    "aria-label": t("table.filter"), title: t("table.filterHint"), on: { input: filterSoon },
  });
  const chooser = makeColumnChooser((chosen) => {
    columns = chosen;
    draw();
  });
  const copy = el("button", { type: "button", class: "button small", title: t("table.copyHint"), on: { click: copyRows } }, t("table.copy"));
  const counted = el("div", { class: "table-count", role: "status" });
  const header = el("div", { class: "table-header", role: "row", "aria-rowindex": "1" });
  const space = el("div", { class: "table-space" });
  const nothing = el("p", { class: "table-nothing", hidden: true });
  const grid = el("div", {
    class: "table-grid", role: "grid", tabindex: "0", "aria-label": t("table.label"), "aria-multiselectable": "true",
    on: { scroll: drawRows, keydown: onKey, click: onClick, copy: onCopy },
  }, header, space, nothing);
  const root = el("div", { class: "particle-table" },
    el("div", { class: "table-bar" }, filter, chooser.element, copy), grid, counted);
  host.append(root);
  const observer = new ResizeObserver(drawRows);
  observer.observe(grid);

  let payload = { columns: [], rows: [], states: [], unit: "px" };
  let all = [];
  let columns = [];
  let shown = [];
  let sort = { column: "particle", descending: false };
  let selected = new Set();
  let anchor = 0;
  // The active cell; row -1 is the header.
  let active = { row: 0, column: 0 };
  let timer = 0;

  const valueOf = (k, column) =>
    column === "state" ? payload.states[k] : (payload.rows[k][payload.columns.indexOf(column)] ?? null);
  const idOf = (k) => payload.rows[k][payload.columns.indexOf("particle")];

  function load(given) {
    const next = given ?? { columns: [], rows: [], states: [], unit: "px" };
    const other = next.unit !== payload.unit || columns.length === 0;
    payload = next;
    all = payload.columns.length > 0 ? allColumns(payload) : [];
    if (other) columns = usualColumns(payload.unit).filter((name) => all.includes(name));
    chooser.load(all, columns);
    arrange();
  }

  /** Which rows, in which order. */
  function arrange() {
    const text = filter.value.trim();
    shown = payload.rows.map((_, k) => k);
    if (text) {
      const holds = readFilter(text, payload.columns, payload.columns.map(labelOf));
      const words = (k) => ["particle", "state", "shape", "edited"]
        .map((name) => formatCell(valueOf(k, name), name)).join(" ").toLowerCase();
      shown = shown.filter((k) => holds(payload.rows[k], words(k)));
    }
    sortRows(shown, (k) => valueOf(k, sort.column), sort.descending, idOf);
    active.row = Math.min(active.row, shown.length - 1);
    draw();
  }

  function filterSoon() {
    clearTimeout(timer);
    timer = setTimeout(arrange, FILTER_AFTER_MS);
  }

  function draw() {
    root.style.setProperty("--least", `${columns.reduce((sum, name) => sum + widthOf(name), 0)}px`);
    root.style.setProperty("--columns", columns.map((name) => `minmax(${widthOf(name)}px, 1fr)`).join(" "));
    fill(header, columns.map((name, at) => {
      const sorted = sort.column === name ? (sort.descending ? "descending" : "ascending") : "none";
      const unit = unitOf(name);
      return el("div", {
        role: "columnheader", class: "table-cell", id: `${prefix}-h-${at}`, data: { column: name },
        "aria-sort": sorted, "aria-colindex": at + 1, title: name,
      }, el("span", {}, labelOf(name)), unit && el("span", { class: "table-unit" }, unit),
        sorted !== "none" && el("span", { class: "table-sort", "aria-hidden": "true" }, sort.descending ? "▼" : "▲"));
    }));
    grid.setAttribute("aria-rowcount", String(shown.length + 1));
    grid.setAttribute("aria-colcount", String(columns.length));
    space.style.height = `${shown.length * ROW_PX}px`;
    nothing.hidden = shown.length > 0;
    nothing.textContent = t(payload.rows.length > 0 ? "table.noMatch" : "table.nothing");
    drawRows();
  }

  function drawRows() {
    const first = Math.max(0, Math.floor(grid.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(shown.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW_PX) + SPARE_ROWS);
    const rows = [];
    for (let at = first; at < last; at += 1) rows.push(makeRow(at));
    fill(space, rows);
    mark();
    const n = shown.reduce((sum, k) => sum + selected.has(idOf(k)), 0);
    counted.textContent = t("table.shown", { n: shown.length, all: payload.rows.length }) +
      (n > 0 ? `, ${t("table.selected", { n })}` : "");
  }

  function makeRow(at) {
    const k = shown[at];
    const chosen = selected.has(idOf(k));
    const row = el("div", {
      role: "row", class: "table-row", "aria-rowindex": at + 2, "aria-selected": String(chosen),
      data: { at, state: payload.states[k] },
    }, columns.map((name, column) => {
      const value = valueOf(k, name);
      return el("div", {
        role: "gridcell", class: `table-cell${typeof value === "number" ? " is-number" : ""}`,
        id: `${prefix}-${at}-${column}`, "aria-colindex": column + 1,
      }, formatCell(value, name));
    }));
    row.style.transform = `translateY(${at * ROW_PX}px)`;
    return row;
  }

  /** Show which cell is active. */
  function mark() {
    grid.querySelector(".is-active")?.classList.remove("is-active");
    const id = active.row < 0 ? `${prefix}-h-${active.column}` : `${prefix}-${active.row}-${active.column}`;
    const cell = document.getElementById(id);
    cell?.classList.add("is-active");
    if (cell) grid.setAttribute("aria-activedescendant", id);
    else grid.removeAttribute("aria-activedescendant");
  }

  function scrollTo(at) {
    const top = at * ROW_PX;
    const room = grid.clientHeight - header.offsetHeight - ROW_PX;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top > grid.scrollTop + room) grid.scrollTop = top - room;
  }

  function choose(ids) {
    selected = new Set(ids);
    drawRows();
    onSelect([...selected]);
  }

  const range = (from, to) => shown.slice(Math.min(from, to), Math.max(from, to) + 1).map(idOf);

  function chooseAt(at, { toggle = false, extend = false } = {}) {
    if (at < 0 || at >= shown.length) return;
    const id = idOf(shown[at]);
    if (extend) choose(range(anchor, at));
    else if (toggle) choose(selected.has(id) ? [...selected].filter((one) => one !== id) : [...selected, id]);
    else choose([id]);
    if (!extend) anchor = at;
  }

  function sortBy(column) {
    sort = { column, descending: sort.column === column ? !sort.descending : false };
    arrange();
    announce(`${labelOf(column)}, ${t(sort.descending ? "table.sortedDown" : "table.sortedUp")}`);
  }

  function onClick(event) {
    const column = event.target.closest("[role=columnheader]")?.dataset.column;
    if (column) {
      sortBy(column);
      return;
    }
    const row = event.target.closest(".table-row");
    if (!row) return;
    const cell = event.target.closest(".table-cell");
    active = { row: Number(row.dataset.at), column: Math.max(0, [...row.children].indexOf(cell)) };
    chooseAt(active.row, { toggle: event.ctrlKey || event.metaKey, extend: event.shiftKey });
  }

  function onKey(event) {
    const control = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(grid.clientHeight / ROW_PX) - 2);
    const last = shown.length - 1;
    const moves = {
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0],
      Home: control ? [-Infinity, -Infinity] : [0, -Infinity], End: control ? [Infinity, Infinity] : [0, Infinity],
    };
    const move = moves[event.key];
    if (move) {
      const least = event.key === "ArrowUp" && !event.shiftKey ? -1 : 0;
      active = {
        row: Math.max(Math.min(active.row + move[0], last), Math.min(least, active.row)),
        column: Math.max(0, Math.min(active.column + move[1], columns.length - 1)),
      };
      if (active.row >= 0) scrollTo(active.row);
      if (event.shiftKey && move[0] !== 0) chooseAt(active.row, { extend: true });
      else mark();
    } else if (event.key === "Enter" || event.key === " ") {
      if (active.row < 0) sortBy(columns[active.column]);
      else chooseAt(active.row, { toggle: event.key === " " || control });
    } else if (control && event.key.toLowerCase() === "a") choose(shown.map(idOf));
    else if (event.key === "Escape" && selected.size > 0) choose([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** What is copied: the selected rows shown, or where there are none all shown. */
  function asText() {
    const chosen = shown.filter((k) => selected.has(idOf(k)));
    const rows = chosen.length > 0 ? chosen : shown;
    return [toTsv(columns, rows.map((k) => columns.map((name) => valueOf(k, name)))), rows.length];
  }

  function onCopy(event) {
    const [text, n] = asText();
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    announce(t("table.copied", { n }));
  }

  async function copyRows() {
    const [text, n] = asText();
    try {
      await navigator.clipboard.writeText(text);
      announce(t("table.copied", { n }));
      counted.textContent = t("table.copied", { n });
    } catch {
      counted.textContent = t("table.copyFailed");
    }
  }

  load(null);
  return {
    load,
    select(ids) {
      if (ids.length === selected.size && ids.every((id) => selected.has(id))) return;
      selected = new Set(ids);
      const at = shown.findIndex((k) => selected.has(idOf(k)));
      if (at >= 0) {
        active.row = anchor = at;
        scrollTo(at);
      }
      drawRows();
    },
    destroy() {
      observer.disconnect();
      clearTimeout(timer);
      root.remove();
    },
  };
}

function widthOf(name) {
  // The first four fit the narrowest panel.
  if (name === "state") return 108;
  return name === "particle" ? 72 : Math.max(60, 22 + 7 * (labelOf(name).length + unitOf(name).length));
}
