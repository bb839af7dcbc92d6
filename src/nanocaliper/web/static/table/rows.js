// Filtering, sorting and copying rows; no page needed.

const COMPARISON = /^([a-zA-Z_ .]+?)\s*(<=|>=|=|<|>)\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)$/;

/**
 * Read a filter: words or comparisons with commas between, all of which must hold.
 *
 * `columns` are the names of a row's values, `labels` the same for people. Gives a function of (values, words):
 * the values in the order of `columns`, and all words of the row in lower case.
 */
export function readFilter(text, columns, labels) {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => readPart(part, columns, labels));
  return (values, words) => parts.every((holds) => holds(values, words));
}

function readPart(part, columns, labels) {
  const match = COMPARISON.exec(part);
  const at = match ? findColumn(match[1].trim().toLowerCase(), columns, labels) : -1;
  if (at < 0) {
    const wanted = part.toLowerCase();
    return (_values, words) => words.includes(wanted);
  }
  const limit = Number(match[3]);
  const compare = {
    "<": (value) => value < limit, "<=": (value) => value <= limit, "=": (value) => value === limit,
    ">": (value) => value > limit, ">=": (value) => value >= limit,
  }[match[2]];
  return (values) => typeof values[at] === "number" && compare(values[at]);
}

/** The column whose name or label is, or else begins with, what was written. */
function findColumn(written, columns, labels) {
  const name = written.replaceAll(" ", "_");
  const tests = [
    (k) => columns[k] === name,
    (k) => labels[k].toLowerCase() === written,
    (k) => columns[k].startsWith(name),
    (k) => labels[k].toLowerCase().startsWith(written),
  ];
  for (const holds of tests) {
    const at = columns.findIndex((_, k) => holds(k));
    if (at >= 0) return at;
  }
  return -1;
}

/** Sort in place by `valueOf`, numbers before words, nothing always last; equal ones by `tieOf`. */
export function sortRows(rows, valueOf, descending, tieOf) {
  const keyed = rows.map((row) => [valueOf(row), tieOf(row), row]);
  const sign = descending ? -1 : 1;
  keyed.sort(([a, tieA], [b, tieB]) => {
    const [noA, noB] = [isNothing(a), isNothing(b)];
    if (noA || noB) return noA - noB || tieA - tieB;
    if (typeof a === "string" || typeof b === "string") return sign * String(a).localeCompare(String(b)) || tieA - tieB;
    return sign * (a - b) || tieA - tieB;
  });
  keyed.forEach(([, , row], k) => (rows[k] = row));
  return rows;
}

/** Rows as text with tabs, as spreadsheets take it; full precision, and no cell that a spreadsheet would compute. */
export function toTsv(header, rows) {
  return [header, ...rows].map((cells) => cells.map(writeCell).join("\t")).join("\n");
}

function writeCell(value) {
  if (isNothing(value)) return "";
  if (typeof value !== "string") return String(value);
  const line = value.replace(/[\t\r\n]+/g, " ");
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

function isNothing(value) {
  return value === null || value === undefined || value === "";
}
