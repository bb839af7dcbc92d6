import assert from "node:assert/strict";
import { test } from "node:test";

import { makeColouring, STEPS, stepLimits } from "../../src/nanocaliper/web/static/viewer/colours.js";
import { outlineDetail, detailTolerance, pictureLevel, tilesIn } from "../../src/nanocaliper/web/static/viewer/detail.js";
import { countStates, liveState } from "../../src/nanocaliper/web/static/viewer/display_state.js";
import { ParticleSet } from "../../src/nanocaliper/web/static/viewer/particle_set.js";
import { commandOf } from "../../src/nanocaliper/web/static/viewer/shortcuts.js";

const SQUARE = [0, 0, 0, 10, 10, 10, 10, 0];
const PAYLOAD = {
  revision: 1, unit: "nm", columns: ["particle", "score", "diameter_equivalent_nm", "edited"],
  rows: [[1, 0.9, 12.5, ""], [2, 0.3, 7, ""]], states: ["counted", "low_score"],
  outlines: [[...SQUARE, 0, 0], SQUARE], regions: [],
};

test("a payload, its values and its outlines", () => {
  const set = new ParticleSet(PAYLOAD);
  assert.equal(set.value(2, "score"), 0.3);
  assert.equal(set.value(2, "nothing"), null);
  assert.equal(set.columnOf("diameter_equivalent"), "diameter_equivalent_nm");
  // The point that closes the outline is not kept twice.
  assert.deepEqual(set.get(1).outline, SQUARE);
  assert.equal(set.get(1).area, 100);
});

test("what differs between two payloads", () => {
  const set = new ParticleSet(PAYLOAD);
  const kept = set.get(1);
  const found = set.update({
    ...PAYLOAD, revision: 2, rows: [PAYLOAD.rows[0], [3, 1, 15, "merged"]], states: ["counted", "counted"],
    outlines: [PAYLOAD.outlines[0], SQUARE],
  });
  assert.deepEqual(found, { changed: [], added: [3], removed: [2] });
  assert.equal(set.get(1), kept);
  assert.equal(set.value(3, "edited"), "merged");
  const state = set.update({ ...PAYLOAD, rows: [PAYLOAD.rows[0]], states: ["deleted"], outlines: [PAYLOAD.outlines[0]] });
  assert.deepEqual(state, { changed: [1], added: [], removed: [3] });
});

test("states at other limits, the first reason wins", () => {
  const limits = { confidence: 0.5, diameterMin: 5, border: true };
  const of = (given) => liveState({ state: "counted", edited: "", score: 0.9, diameter: 10, ...given }, limits);
  assert.equal(of({}), "counted");
  assert.equal(of({ score: 0.4 }), "low_score");
  assert.equal(of({ score: 0.4, diameter: 4 }), "too_small");
  assert.equal(of({ state: "low_score" }), "counted");
  assert.equal(of({ state: "low_score", touchesBorder: true }), "touches_border");
  assert.equal(of({ state: "deleted", score: 0.1 }), "deleted");
  assert.equal(of({ edited: "drawn", score: null, diameter: 1 }), "counted");
  assert.equal(of({ edited: "class", score: 0.1 }), "low_score");
  assert.deepEqual(countStates(["counted", "deleted", "deleted"]), { counted: 1, left_out: { deleted: 2 } });
});

test("colours of a number rise in steps, left out ones are dashed", () => {
  const values = Array.from({ length: 1001 }, (_, k) => k / 10);
  const { style, entries } = makeColouring("size", values, []);
  assert.equal(style(0, "counted").colour, STEPS[0]);
  assert.equal(style(1000, "counted").colour, STEPS.at(-1));
  assert.deepEqual(entries.map((entry) => entry.colour), STEPS);
  assert.ok(style(50, "touches_border").dash.length > 0);
  assert.equal(stepLimits([]), null);
  assert.equal(makeColouring("score", [3, 3, 3], []).style(3, "counted").colour, STEPS[0]);
});

test("relative luminance of the steps rises evenly", () => {
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return 116 * Math.cbrt(y) - 16;
  };
  const lightness = STEPS.map(luminance);
  const steps = lightness.slice(1).map((value, k) => value - lightness[k]);
  assert.ok(steps.every((step) => step > 2.5 && step < 9), steps.join(" "));
});

test("the level of the picture and of the outlines follow the zoom", () => {
  const levels = [1, 2, 4, 8].map((factor, level) => ({ level, factor, rows: 4096 / factor, cols: 4096 / factor }));
  assert.deepEqual([4, 1, 0.6, 0.5, 0.3, 0.25, 0.01].map((scale) => pictureLevel(levels, scale)), [0, 0, 0, 1, 1, 2, 3]);
  assert.equal(outlineDetail(8), 0);
  assert.equal(detailTolerance(0), 0);
  for (const scale of [0.02, 0.1, 0.5, 1, 3]) assert.ok(detailTolerance(outlineDetail(scale)) * scale <= 0.3 + 1e-9);
});

test("tiles of every level cover the same places", () => {
  const level = { factor: 2, rows: 600, cols: 1100 };
  const tiles = tilesIn(level, 512, { top: -100, bottom: 5000, left: 1023.4, right: 1024 });
  assert.deepEqual(tiles.map(({ row, col }) => [row, col]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
  assert.deepEqual(tiles[1], { row: 0, col: 1, top: -0.5, left: 1023.5, bottom: 1023.5, right: 2047.5 });
  assert.equal(tiles[3].bottom, 1199.5);
});

test("keys", () => {
  const press = (key, more = {}) => commandOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  assert.equal(press("v"), "select");
  assert.equal(press("+", { shiftKey: true }), "zoomIn");
  assert.equal(press("N", { shiftKey: true }), "previous");
  assert.equal(press("a", { ctrlKey: true }), "selectAll");
  assert.equal(press("c", { ctrlKey: true }), null);
  assert.equal(press("Delete", { shiftKey: true }), "restore");
  assert.equal(press("q"), null);
});
