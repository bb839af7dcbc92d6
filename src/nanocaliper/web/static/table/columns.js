// Columns of particles: names for people, units, and how a value is written.

import { aligned } from "../format.js";
import { nameOf, t } from "../texts.js";

const UNITS = [["_nm2", "nm²"], ["_nm", "nm"], ["_deg", "°"], ["area_px", "px²"], ["_px", "px"]];

/** Unit of a column, from the end of its name; "" for a pure number or a word. */
export function unitOf(column) {
  return UNITS.find(([end]) => column.endsWith(end))?.[1] ?? (column === "row" || column === "col" ? "px" : "");
}

/** Name of a column without its unit. */
export function labelOf(column) {
  const bare = column.replace(/_(px|nm2?|deg)$/, "");
  const words = nameOf("table.names", bare);
  return words[0].toUpperCase() + words.slice(1);
}

/** A value with its unit, as on the card of a particle. */
export function formatValue(value, column) {
  const unit = unitOf(column);
  const written = formatCell(value, column);
  return unit && Number.isFinite(value) ? `${written}\u202f${unit}` : written;
}

/** A value as in a cell, whose column says the unit. */
export function formatCell(value, column) {
  if (value === null || value === undefined || value === "") return t("table.empty");
  if (typeof value === "boolean") return t(value ? "table.yes" : "table.no");
  if (column === "shape") return nameOf("names.shapes", value);
  if (column === "state") return nameOf("names.states", value);
  if (column === "edited") return nameOf("viewer.edits", value);
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? String(value) : aligned(value);
}

/** Columns that a new table shows: what tells particles apart, narrow enough for the panel. */
export function usualColumns(unit) {
  return ["particle", "state", `diameter_equivalent_${unit}`, "score", "aspect_ratio", "edited"];
}

/** All columns there are to show; of a length in px and nm both, the image's unit first. */
export function allColumns(payload) {
  const first = payload.columns.filter((name) => !["edited", "state"].includes(name));
  const [id, ...rest] = first;
  return [id, "state", ...(payload.columns.includes("edited") ? ["edited"] : []), ...rest];
}
