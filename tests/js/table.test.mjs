import assert from "node:assert/strict";
import { test } from "node:test";

import { readFilter, sortRows, toTsv } from "../../src/nanocaliper/web/static/table/rows.js";

const COLUMNS = ["particle", "diameter_equivalent_nm", "score"];
const LABELS = ["Particle", "Diameter", "Score"];

test("a filter takes words and comparisons, all must hold", () => {
  const keep = (text, values, words = "7 counted sphere") => readFilter(text, COLUMNS, LABELS)(values, words);
  const row = [7, 21.5, 0.8];
  assert.ok(keep("", row));
  assert.ok(keep("Sphere", row));
  assert.ok(!keep("rod", row));
  assert.ok(keep("diameter > 20, sphere", row));
  assert.ok(!keep("diameter>20, score<=0.5", row));
  assert.ok(keep("diameter_eq >= 21.5", row));
  assert.ok(keep("particle=7", row));
  assert.ok(!keep("score < 1", [7, 1, null]));
  // What names no column is a word.
  assert.ok(!keep("weight > 3", row));
});

test("sorting keeps nothing last and equal ones in order", () => {
  const values = { 1: 3, 2: null, 3: -1, 4: 3, 5: "" };
  const sorted = (down) => sortRows([5, 4, 3, 2, 1], (k) => values[k], down, (k) => k);
  assert.deepEqual(sorted(false), [3, 1, 4, 2, 5]);
  assert.deepEqual(sorted(true), [1, 4, 3, 2, 5]);
  assert.deepEqual(sortRows(["rod", "cube", ""], (k) => k, false, () => 0), ["cube", "rod", ""]);
});

test("copied rows keep all digits and nothing in them is a formula", () => {
  assert.equal(toTsv(["a", "b"], [[1.23456789, "x\ty"], [null, "=1+1"]]), "a\tb\n1.23456789\tx y\n\t'=1+1");
});
