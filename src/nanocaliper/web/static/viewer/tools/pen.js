// Drawing a line or an outline: corners by clicks, or freehand by dragging.

import { crossesItself, simplifyLine, simplifyPolygon } from "../polygons.js";

const DRAG_FROM_PX = 5;
const CLOSE_WITHIN_PX = 9;
// Freehand points nearer to the simplified line than this on the screen are tremor, not shape.
const TREMOR_PX = 0.6;

/**
 * A pen; `finish(flat)` gets the points [r, c, …].
 *
 * `closed`: an outline, else a line; `clicks`: corners may be clicked; `drags`: may be drawn freehand.
 */
export function createPen(scene, { closed, clicks, drags, finish }) {
  let points = [];
  let cursor = null;
  let press = null;

  const least = closed ? 3 : 2;

  function complete() {
    if (points.length < 2 * least) {
      scene.announce(scene.text(closed ? "needsThreePoints" : "needsTwoPoints"));
      return;
    }
    if (closed && crossesItself(points)) {
      scene.announce(scene.text("crossesItself"), { problem: true });
      if (press?.free) reset();
      return;
    }
    const done = points;
    reset();
    finish(done);
  }

  function reset() {
    points = [];
    cursor = press = null;
    scene.redraw();
  }

  function onFirst(point) {
    if (!closed || points.length < 2 * least) return false;
    const first = scene.toScreen(points[0], points[1]);
    return Math.hypot(first.x - point.x, first.y - point.y) <= CLOSE_WITHIN_PX;
  }

  return {
    cursor: "crosshair",
    draws: true,
    get busy() {
      return points.length > 0;
    },
    down(point) {
      press = { ...point, free: false };
      if (drags && !clicks) points = [point.row, point.col];
    },
    move(point) {
      cursor = point;
      const far = press && Math.hypot(point.x - press.x, point.y - press.y) >= DRAG_FROM_PX;
      if (drags && far && !press.free && (!clicks || points.length === 0)) {
        press.free = true;
        points = [press.row, press.col];
      }
      if (press?.free) points.push(point.row, point.col);
      scene.redraw();
    },
    up(point) {
      if (press?.free) {
        const tremor = TREMOR_PX / scene.scale();
        points = [...(closed ? simplifyPolygon(points, tremor) : simplifyLine(points, tremor))];
        complete();
        if (points.length > 0) reset();
      } else if (clicks && press) {
        if (onFirst(point)) complete();
        else this.setPoint(point);
      } else reset();
      press = null;
    },
    doubleClick() {
      // Both clicks have set a corner at the same place: one is enough.
      if (clicks && points.length >= 4) {
        points.length -= 2;
        complete();
      }
    },
    setPoint(point) {
      points.push(point.row, point.col);
      cursor = point;
      scene.announce(scene.text("pointSet", { count: points.length / 2 }), { quiet: true });
      scene.redraw();
      if (!closed && !clicks && points.length >= 4) complete();
    },
    cancel() {
      const busy = points.length > 0;
      reset();
      return busy;
    },
    key(event) {
      if (event.key === "Enter" && points.length > 0) complete();
      else if (event.key === "Backspace" && points.length > 0) {
        points.length -= 2;
        scene.redraw();
      } else return false;
      return true;
    },
    draw(pen) {
      if (points.length === 0) return;
      const open = press?.free || !cursor ? points : [...points, cursor.row, cursor.col];
      pen.line(open, closed);
      if (!press?.free) pen.corners(points, closed && points.length >= 2 * least && cursor && onFirst(cursor));
    },
  };
}
