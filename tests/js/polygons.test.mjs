import assert from "node:assert/strict";
import { test } from "node:test";

import { particleUnderLine } from "../../src/nanocaliper/web/static/viewer/edits.js";
import { Cells } from "../../src/nanocaliper/web/static/viewer/cells.js";
import * as polygons from "../../src/nanocaliper/web/static/viewer/polygons.js";

const SQUARE = [0, 0, 0, 10, 10, 10, 10, 0];

function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("area of a square and of an ellipse", () => {
  assert.equal(polygons.polygonArea(SQUARE), 100);
  const ellipse = polygons.ellipsePolygon(50, 60, 20, 10);
  assert.ok(Math.abs(polygons.polygonArea(ellipse) / (Math.PI * 200) - 1) < 1e-12);
});

test("points inside and outside", () => {
  assert.ok(polygons.containsPoint(SQUARE, 5, 5));
  assert.ok(!polygons.containsPoint(SQUARE, 5, 10.01));
  const notch = [0, 0, 0, 10, 5, 5, 10, 10, 10, 0];
  assert.ok(!polygons.containsPoint(notch, 5, 8));
  assert.ok(polygons.containsPoint(notch, 5, 4));
});

test("an outline is simplified within its tolerance and keeps its area", () => {
  const circle = polygons.ellipsePolygon(0, 0, 50, 50, 720);
  for (const tolerance of [0.05, 0.3, 2]) {
    const simple = polygons.simplifyPolygon(circle, tolerance);
    assert.ok(simple.length < circle.length / 3);
    for (let i = 0; i < simple.length; i += 2) {
      const j = (i + 2) % simple.length;
      const middle = Math.hypot((simple[i] + simple[j]) / 2, (simple[i + 1] + simple[j + 1]) / 2);
      assert.ok(50 - middle <= tolerance + 0.01);
    }
  }
  assert.equal(polygons.simplifyPolygon(SQUARE, 0), SQUARE);
});

test("a line keeps its ends", () => {
  assert.deepEqual(polygons.simplifyLine([0, 0, 0.01, 1, 0, 2], 0.1), [0, 0, 0, 2]);
  assert.deepEqual(polygons.simplifyLine([0, 0, 1, 1, 0, 2], 0.1), [0, 0, 1, 1, 0, 2]);
});

test("an outline that crosses itself is known", () => {
  assert.ok(!polygons.crossesItself(SQUARE));
  assert.ok(polygons.crossesItself([0, 0, 10, 10, 0, 10, 10, 0]));
});

test("cells find what every particle looked at one by one finds", () => {
  const next = random(3);
  const outlines = new Map();
  const cells = new Cells(2000, 3000, 800);
  for (let id = 1; id <= 800; id += 1) {
    const outline = polygons.ellipsePolygon(next() * 2000, next() * 3000, 4 + next() * 40, 4 + next() * 40, 24);
    outlines.set(id, outline);
    cells.put(id, polygons.boundingBox(outline));
  }
  cells.remove(17);
  outlines.delete(17);
  const area = (id) => polygons.polygonArea(outlines.get(id));
  for (let k = 0; k < 300; k += 1) {
    const [row, col] = [next() * 2000, next() * 3000];
    const holding = [...outlines.keys()].filter((id) => polygons.containsPoint(outlines.get(id), row, col));
    const expected = holding.sort((a, b) => area(a) - area(b))[0] ?? null;
    assert.equal(cells.hit(row, col, (id) => outlines.get(id), area), expected);
  }
  const box = { top: 300, bottom: 700, left: 100, right: 900 };
  const expected = [...outlines.keys()].filter((id) => polygons.boxesMeet(polygons.boundingBox(outlines.get(id)), box));
  assert.deepEqual([...cells.particlesIn(box)].sort((a, b) => a - b), expected);
});

test("a line splits the particle it runs through longest", () => {
  const hit = (row, col) => (col < 4 ? 1 : col < 20 ? 2 : null);
  assert.equal(particleUnderLine([0, 0, 0, 30], hit), 2);
  assert.equal(particleUnderLine([0, 25, 5, 30], hit), null);
});
