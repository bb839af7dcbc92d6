// Parts of the page around the viewer that need no browser.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { aligned, bytes, number, percent, pValue } from "../../src/nanocaliper/web/static/format.js";
import { scaleOf, conflictOpen } from "../../src/nanocaliper/web/static/project/calibration.js";
import { groupEdits, nextStop } from "../../src/nanocaliper/web/static/project/edit_groups.js";
import { countStates, mergeParticles } from "../../src/nanocaliper/web/static/project/particles.js";
import { groupFiles } from "../../src/nanocaliper/web/static/project/sidecars.js";
import { address, readAddress } from "../../src/nanocaliper/web/static/router.js";
import { createStore } from "../../src/nanocaliper/web/static/state.js";
import { nameOf, t } from "../../src/nanocaliper/web/static/texts.js";

const STATIC = fileURLToPath(new URL("../../src/nanocaliper/web/static", import.meta.url));

function* sources(folder = STATIC) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith(".js")) yield [path, readFileSync(path, "utf8")];
  }
}

test("every text that the page asks for exists", () => {
  for (const [path, source] of sources()) {
    for (const [, key] of source.matchAll(/\bt\("([\w.-]+)"/g)) {
      const group = key.split(".").reduce((found, part) => found?.[part], textGroups());
      assert.notEqual(group, undefined, `${path} asks for '${key}'`);
    }
  }
});

// t() of a group gives the group itself.
const textGroups = () =>
  Object.fromEntries(["charts", "frame", "images", "names", "panels", "projects", "results", "table", "viewer"].map((name) => [name, t(name)]));

test("every icon that the page draws is in a sprite", () => {
  const drawn = [...readFileSync(join(STATIC, "icons/sprite.svg"), "utf8").matchAll(/symbol id="([\w-]+)"/g)].map(([, id]) => id);
  for (const [path, source] of sources()) {
    if (!/\bicon\b.*from "[./]*dom\.js"/.test(source)) continue;
    for (const [, name] of source.matchAll(/\bicon\("([\w-]+)"/g)) assert.ok(drawn.includes(name), `${path} draws '${name}'`);
  }
});

test("a store tells those who listen, once, and only of changes", () => {
  const store = createStore({ a: 1, b: 2 });
  const heard = [];
  const stop = store.on(["a", "b"], (value) => heard.push(value));
  store.set({ a: 1 });
  store.set({ a: 3, b: 4 });
  stop();
  store.set({ a: 5 });
  assert.deepEqual(heard, [3]);
  assert.equal(store.get("a"), 5);
});

test("addresses are read as they are written", () => {
  assert.deepEqual(readAddress(address.image("gold 7/ä", 12)), { name: "project", project: "gold 7/ä", image: "12" });
  assert.deepEqual(readAddress(address.results("p")), { name: "results", project: "p", image: null });
  assert.equal(readAddress("#/nowhere/at/all").name, "projects");
});

test("numbers keep the digits that matter", () => {
  assert.equal(number(16.91238), "16.91");
  assert.equal(number(0.00408, 2), "0.0041");
  assert.equal(number(-3.5), "\u22123.5");
  assert.equal(number(null), "–");
  assert.equal(number(Number.NaN), "–");
  assert.equal(aligned(5, 216.1), "5.0");
  assert.equal(percent(0.0572), "5.7\u202f%");
  assert.equal(pValue(0.0004), "< 0.001");
  assert.equal(bytes(2_147_483_648), "2.15 GB");
});

test("a name that the page has no words for is made readable", () => {
  assert.equal(nameOf("names.states", "touches_border"), "Cut by the border");
  assert.equal(nameOf("names.states", "very_new_reason"), "Very new reason");
});

const COLUMNS = ["particle", "score", "diameter_equivalent_px", "edited", "touches_border"];
const payload = {
  columns: COLUMNS,
  revision: 1,
  rows: [
    [1, 0.9, 30, "", false],
    [2, 0.5, 30, "", false],
    [3, 0.9, 5, "", true],
    [4, 0.1, 5, "drawn", false],
    [5, 0.9, 30, "", false],
  ],
  states: ["counted", "low_score", "touches_border", "counted", "deleted"],
  outlines: [[1], [2], [3], [4], [5]],
};
const counted = (tried) => Object.fromEntries(countStates(payload, tried));

test("states are counted as the server has them, or as they would be", () => {
  assert.deepEqual(counted(null), { counted: 2, low_score: 1, touches_border: 1, deleted: 1 });
  const tried = { confidence: 0.4, diameterMinPx: null, leaveOutBorder: true };
  assert.deepEqual(counted(tried), { counted: 3, touches_border: 1, deleted: 1 });
  // The smallest diameter goes before the border; what was drawn by hand counts all the same.
  assert.deepEqual(counted({ ...tried, diameterMinPx: 10 }), { counted: 3, too_small: 1, deleted: 1 });
});

test("what an edit changed takes its place, in the order of the ids", () => {
  const changed = { columns: COLUMNS, rows: [[6, 1, 9, "merged", false], [2, 0.5, 30, "", false]], states: ["counted", "deleted"], outlines: [[6], [22]], removed: [1, 3] };
  const merged = mergeParticles(payload, changed, { revision: 2 });
  assert.deepEqual(merged.rows.map(([id]) => id), [2, 4, 5, 6]);
  assert.deepEqual(merged.states, ["deleted", "counted", "deleted", "counted"]);
  assert.deepEqual(merged.outlines, [[22], [4], [5], [6]]);
  assert.equal(merged.revision, 2);
  assert.equal(payload.rows.length, 5);
});

test("a conflict of scales is open until somebody settles it", () => {
  const image = (settled_by) => ({ calibration: { calibration: null, conflict: { settled_by }, reason: "…" } });
  assert.ok(conflictOpen(image(null)));
  assert.ok(!conflictOpen(image("metadata")));
  assert.ok(!conflictOpen({ calibration: null }));
  assert.equal(scaleOf({ calibration: { calibration: { nm_per_px: 0.5 } } }).nmPerPx, 0.5);
  assert.equal(scaleOf({ calibration: null }).nmPerPx, null);
});

test("edits of one moment are one step", () => {
  const edits = [["delete", "a"], ["draw", "a"], ["draw", "a"], ["draw", "b"]].map(([kind, at]) => ({ edit: { kind }, at }));
  assert.deepEqual(groupEdits(edits).map(({ first, last }) => [first, last]), [[1, 1], [2, 3], [4, 4]]);
  const stops = (cursor, direction) => nextStop({ edits, cursor }, direction);
  assert.deepEqual([stops(4, -1), stops(3, -1), stops(2, -1), stops(0, -1)], [3, 0, 0, 0]);
  assert.deepEqual([stops(0, 1), stops(3, 1), stops(4, 1)], [3, 4, 4]);
});

test("text files go with their images", () => {
  const group = (names, folders = {}) =>
    groupFiles(names.map((name) => ({ name })), [".hdr", ".txt"], ({ name }) => folders[name] ?? "").map((files) => files.map(({ name }) => name).join(" "));
  assert.deepEqual(group(["a.txt", "a.tif", "b.tif", "b-TIF.HDR"]), ["a.tif a.txt", "b.tif b-TIF.HDR"]);
  assert.deepEqual(group(["a.png", "a.tif", "a.txt"]), ["a.png a.txt", "a.tif a.txt"]);
  assert.deepEqual(group(["a.png", "a-2.png", "a-2.txt", "ab.txt"]), ["a.png", "a-2.png a-2.txt", "ab.txt"]);
  assert.deepEqual(group(["a.png", "a.txt"], { "a.txt": "/elsewhere" }), ["a.png", "a.txt"]);
});
