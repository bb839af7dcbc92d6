// An ellipse: drag its box, with Shift a circle; by keyboard two corners.

import { ellipsePolygon } from "../polygons.js";

const LEAST_RADIUS_PX = 1;

export function createEllipseTool(scene, finish) {
  let start = null;
  let end = null;

  function outline() {
    const row = (start.row + end.row) / 2;
    const col = (start.col + end.col) / 2;
    return ellipsePolygon(row, col, Math.abs(end.row - start.row) / 2, Math.abs(end.col - start.col) / 2);
  }

  function follow(point, round) {
    end = point;
    if (round) {
      const side = Math.max(Math.abs(point.row - start.row), Math.abs(point.col - start.col));
      end = {
        row: start.row + side * Math.sign(point.row - start.row || 1),
        col: start.col + side * Math.sign(point.col - start.col || 1),
      };
    }
    scene.redraw();
  }

  function complete() {
    const large =
      start && end &&
      Math.min(Math.abs(end.row - start.row), Math.abs(end.col - start.col)) >= 2 * LEAST_RADIUS_PX;
    const done = large ? outline() : null;
    start = end = null;
    scene.redraw();
    if (done) finish(done);
    else scene.announce(scene.text("dragLarger"));
  }

  return {
    cursor: "crosshair",
    draws: true,
    get busy() {
      return start !== null;
    },
    down(point) {
      if (!start) start = point;
    },
    move(point, event) {
      if (start) follow(point, event?.shiftKey);
    },
    up(point, event) {
      if (!start) return;
      follow(point, event.shiftKey);
      complete();
    },
    setPoint(point) {
      if (!start) {
        start = point;
        follow(point, false);
      } else {
        follow(point, false);
        complete();
      }
    },
    cancel() {
      const busy = start !== null;
      start = end = null;
      scene.redraw();
      return busy;
    },
    key(event) {
      if (event.key !== "Enter" || !start) return false;
      complete();
      return true;
    },
    draw(pen) {
      if (start && end) pen.line(outline(), true);
    },
  };
}
