/** Every English text of the page, by group: one file a group in texts/. */

import charts from "./texts/charts.js";
import frame from "./texts/frame.js";
import images from "./texts/images.js";
import names from "./texts/names.js";
import panels from "./texts/panels.js";
import projects from "./texts/projects.js";
import results from "./texts/results.js";
import table from "./texts/table.js";
import viewer from "./texts/viewer.js";

const TEXTS = { charts, frame, images, names, panels, projects, results, table, viewer };

/**
 * Get a text.
 *
 * @param {string} key group and name, "viewer.zoomIn"; deeper with more dots
 * @param {object} [values] for a text that is a function of values
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = find(key);
  if (text === undefined) throw new Error(`There is no text '${key}'.`);
  return typeof text === "function" ? text(values) : text;
}

/**
 * Get a text that names something the server may know and the page not: then the server's own word, made readable.
 *
 * @param {string} group "names.reasons"
 * @param {string} name "touches_border"
 * @returns {string}
 */
export function nameOf(group, name) {
  const text = find(`${group}.${name}`);
  if (text !== undefined) return text;
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function find(key) {
  return key.split(".").reduce((found, part) => found?.[part], TEXTS);
}
