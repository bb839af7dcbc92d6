/** Numbers and dates as people read them. */

import { t } from "./texts.js";

/**
 * A number with so many significant digits, without an exponent where it is readable.
 *
 * @param {number|null|undefined} value
 * @param {number} [digits]
 * @returns {string} an en dash for no number
 */
export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return minus(value.toExponential(Math.max(0, digits - 1)));
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(value.toLocaleString("en-GB", { minimumFractionDigits: 0, maximumFractionDigits: Math.min(decimals, 12) }));
}

/**
 * The same with its zeros, so that numbers stand under each other; as many decimals as `like` has.
 *
 * @param {number|null|undefined} value
 * @param {number} [like] the number whose size says how many decimals
 * @param {number} [digits]
 */
export function aligned(value, like = value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(like);
  const decimals = size === 0 || !Number.isFinite(size) ? 2 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(value.toLocaleString("en-GB", { minimumFractionDigits: Math.min(decimals, 8), maximumFractionDigits: Math.min(decimals, 8) }));
}

const minus = (text) => text.replace("-", "\u2212");

/** A whole number with thin groups. */
export const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-GB"));

/** A share as per cent. */
export const percent = (share, digits = 2) =>
  share === null || share === undefined ? "–" : `${number(share * 100, digits)}\u202f%`;

/** p-values the way journals print them. */
export const pValue = (p) => (p === null || p === undefined ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3));

/** A moment, near ones in words. */
export function moment(text) {
  if (!text) return "–";
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const days = Math.floor((startOfDay(new Date()) - startOfDay(date)) / 86_400_000);
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (days === 0) return t("names.today", { time });
  if (days === 1) return t("names.yesterday", { time });
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ${time}`;
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Bytes as a person says them. */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  let left = value;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${number(left, 3)} ${units[at]}`;
}
