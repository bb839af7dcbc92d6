import assert from "node:assert/strict";
import { test } from "node:test";

import * as views from "../../src/nanocaliper/web/static/viewer/view.js";

const SIZE = { width: 800, height: 600 };
const IMAGE = { rows: 1000, cols: 2000 };
const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("to the screen and back", () => {
  const view = { row: 120.25, col: 700.5, scale: 3.7 };
  const { x, y } = views.toScreen(view, SIZE, 33.1, -4.2);
  const point = views.toImage(view, SIZE, x, y);
  near(point.row, 33.1);
  near(point.col, -4.2);
});

test("a pixel covers half a pixel on each side of its centre", () => {
  const view = { row: 0, col: 0, scale: 10 };
  const centre = views.toScreen(view, SIZE, 5, 5);
  const edge = views.toScreen(view, SIZE, 5, 5.5);
  near(edge.x - centre.x, 5);
});

test("a whole image fits with its margin on the tight side", () => {
  const view = views.fitView(IMAGE, SIZE, 8);
  const left = views.toScreen(view, SIZE, 0, -0.5).x;
  const right = views.toScreen(view, SIZE, 0, 1999.5).x;
  near(left, 8);
  near(right, 792);
  near(views.toScreen(view, SIZE, 499.5, 0).y, 300);
});

test("zooming keeps the point under the cursor", () => {
  let view = views.fitView(IMAGE, SIZE);
  const before = views.toImage(view, SIZE, 123, 456);
  view = views.zoomAt(view, SIZE, IMAGE, 123, 456, 5);
  const after = views.toImage(view, SIZE, 123, 456);
  near(before.row, after.row);
  near(before.col, after.col);
  assert.equal(views.zoomAt(view, SIZE, IMAGE, 0, 0, 1e9).scale, views.MAX_SCALE);
  near(views.zoomAt(view, SIZE, IMAGE, 0, 0, 1e-9).scale, views.minScale(IMAGE, SIZE));
});

test("a snapped view puts the image's corner on a device pixel, less than half a pixel away", () => {
  for (const ratio of [1, 1.5, 2]) {
    const view = { row: 77.123, col: 31.77, scale: 2.3 };
    const snapped = views.snapView(view, SIZE, ratio);
    const { x, y } = views.toScreen(snapped, SIZE, -0.5, -0.5);
    near(x * ratio, Math.round(x * ratio), 1e-6);
    near(y * ratio, Math.round(y * ratio), 1e-6);
    assert.ok(Math.abs(snapped.col - view.col) * view.scale * ratio <= 0.5 + 1e-9);
  }
});

test("revealing moves no more than needed", () => {
  const view = { row: 300, col: 400, scale: 1 };
  assert.deepEqual(views.reveal(view, SIZE, { top: 290, bottom: 310, left: 390, right: 410 }), view);
  const moved = views.reveal(view, SIZE, { top: 290, bottom: 310, left: 900, right: 910 });
  near(views.toScreen(moved, SIZE, 0, 910).x, 800 - 24);
  near(moved.row, 300);
  const wide = views.reveal(view, SIZE, { top: 0, bottom: 10, left: 0, right: 7520 });
  near(wide.scale, 0.1);
});

test("lengths of the bar are round", () => {
  assert.deepEqual([0.37, 1, 4.9, 5, 73, 2400].map(views.roundLength), [0.2, 1, 2, 5, 50, 2000]);
});
