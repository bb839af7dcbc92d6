import assert from "node:assert/strict";
import { test } from "node:test";

import * as data from "../../src/nanocaliper/web/static/results/chart_data.js";
import { densityOfFit } from "../../src/nanocaliper/web/static/results/curves.js";
import { linearTicks, logTicks, makeScale } from "../../src/nanocaliper/web/static/results/ticks.js";

const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

test("bins hold their lower edge, the last one its upper edge too", () => {
  assert.deepEqual(data.countInBins([0, 1, 1.999, 2, 3, 3.1, -1], [0, 1, 2, 3]), [1, 2, 2]);
  assert.deepEqual(data.shareInBins([1, 2], [0, 1.5, 3], "volume"), [1 / 9, 8 / 9]);
});

test("edges grow with particles that an edit has brought", () => {
  assert.deepEqual(data.extendEdges([10, 12, 14], [9.5, 13, 17]), [8, 10, 12, 14, 16, 18]);
  assert.deepEqual(data.extendEdges([10, 12, 14], [11]), [10, 12, 14]);
  // A value that rounding put just outside stretches the bin and makes no new one.
  assert.deepEqual(data.extendEdges([10, 12, 14], [9.99999999, 14]), [9.99999999, 12, 14]);
  assert.deepEqual(data.extendEdges([10, 12, 14.12345678], [14.1235]), [10, 12, 14.1235]);
  // No size is below 0, nor is a bin.
  assert.deepEqual(data.extendEdges([3, 7], [1]), [0, 3, 7]);
});

test("the cumulative distribution ends at one and is weighed", () => {
  assert.deepEqual(data.cumulate([3, 1], "number"), [[1, 0.5], [3, 1]]);
  near(data.cumulate([3, 1], "area")[0][1], 0.1);
});

test("even edges hold every value", () => {
  const values = Array.from({ length: 200 }, (_, k) => 1 + (k % 17) / 10);
  const edges = data.evenEdges(values);
  assert.equal(data.countInBins(values, edges).reduce((a, b) => a + b), 200);
  assert.deepEqual(data.evenEdges([2, 2]), [1.5, 2.5]);
});

test("points are the counted particles with a size", () => {
  const payload = {
    unit: "px", columns: ["particle", "diameter_equivalent_px", "area_px", "shape"],
    rows: [[4, 10, 78, "rod"], [5, null, 1, ""], [6, 12, 113, ""]], states: ["counted", "counted", "deleted"],
  };
  const points = data.pointsOfPayload(payload, "diameter_equivalent");
  assert.deepEqual([points.keys, points.size, points.shape, points.aspect], [[4], [10], ["rod"], [null]]);
});

test("densities of fits hold all, and number and volume densities differ as ISO 9276 says", () => {
  const xs = Array.from({ length: 4000 }, (_, k) => (k + 0.5) / 40);
  const fits = [
    { model: "normal", parameters: { mean: 30, sd: 4 }, truncated_at: null },
    { model: "lognormal", parameters: { median: 20, geometric_sd: 1.3 }, truncated_at: null },
    { model: "weibull", parameters: { scale: 25, shape: 5 }, truncated_at: null },
  ];
  for (const fit of fits) {
    for (const basis of ["number", "volume"]) {
      near(densityOfFit(fit, basis, xs).reduce((sum, y) => sum + y / 40, 0), 1, 2e-3);
    }
  }
  // Hatch and Choate: the volume median of a lognormal is median · exp(3 ln² s).
  const volume = densityOfFit(fits[1], "volume", xs);
  let sum = 0;
  const at = xs[volume.findIndex((y) => (sum += y / 40) >= 0.5)];
  near(at, 20 * Math.exp(3 * Math.log(1.3) ** 2), 0.05);
});

test("ticks are round and inside", () => {
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(12.4, 25.3, 4), [15, 20, 25]);
  assert.deepEqual(logTicks(15, 300), [20, 50, 100, 200]);
  const scale = makeScale(10, 1000, 0, 200, true);
  near(scale.to(100), 100);
  near(scale.back(100), 100, 1e-9);
});

test("points of a sample take their shapes from the particles of its images", () => {
  const sizes = [{ size: 8, image: 2, particle: 1 }, { size: 9, image: 3, particle: 1 }];
  const payload = {
    unit: "nm", columns: ["particle", "diameter_equivalent_nm", "aspect_ratio", "shape"], rows: [[1, 9, 1.5, "rod"]], states: ["counted"],
  };
  const points = data.pointsOfSizes(sizes, new Map([[3, payload]]));
  assert.deepEqual([points.keys, points.size], [["2:1", "3:1"], [8, 9]]);
  assert.deepEqual([points.aspect, points.shape], [[null, 1.5], [null, "rod"]]);
  assert.deepEqual(data.readKey(data.keyOf(3, 7)), { image: 3, particle: 7 });
});
