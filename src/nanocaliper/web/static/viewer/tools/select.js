// Selecting: click, shift-click, box by dragging, lasso by dragging with Alt or with the lasso switched on.

import { boundingBox, containsPoint } from "../polygons.js";

const DRAG_FROM_PX = 4;

/** `scene` is what the viewer offers its tools, see viewer.js. */
export function createSelectTool(scene, { lasso = false } = {}) {
  let start = null;
  let trail = null;

  const draggedFar = (point) => Math.hypot(point.x - start.x, point.y - start.y) >= DRAG_FROM_PX;

  return {
    cursor: "default",
    down(point, event) {
      start = { ...point, lasso: lasso || event.altKey };
    },
    move(point) {
      if (!start) return;
      if (!trail && draggedFar(point)) trail = [start.row, start.col];
      if (!trail) return;
      if (start.lasso) trail.push(point.row, point.col);
      else trail = [start.row, start.col, start.row, point.col, point.row, point.col, point.row, start.col];
      scene.redraw();
    },
    up(point, event) {
      if (trail) scene.select(insideTrail(scene, trail, start.lasso), { add: event.shiftKey });
      else if (start) {
        const id = scene.hit(point.row, point.col);
        if (id === null) {
          if (!event.shiftKey) scene.select([]);
        } else if (event.shiftKey || event.ctrlKey || event.metaKey) scene.toggle(id);
        else scene.select([id]);
      }
      this.cancel();
    },
    cancel() {
      const busy = start !== null;
      start = trail = null;
      scene.redraw();
      return busy;
    },
    key: () => false,
    draw(pen) {
      if (trail) pen.band(trail);
    },
  };
}

function insideTrail(scene, trail, lasso) {
  const box = boundingBox(trail);
  return scene.particlesIn(box).filter((id) => {
    const { middle } = scene.particle(id);
    if (lasso) return containsPoint(trail, middle.row, middle.col);
    return middle.row >= box.top && middle.row <= box.bottom && middle.col >= box.left && middle.col <= box.right;
  });
}
