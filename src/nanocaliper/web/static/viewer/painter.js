// Paints a frame: picture and outlines on the base canvas, everything that follows the hand on the one above.

import { visibleBox } from "./view.js";

const MARGIN = "#2a2d31";

export function createPainter(scene, makePen, tools) {
  let pen = null;

  return (base, overlay, stage) => {
    const box = visibleBox(stage.view, stage.size);
    if (stage.baseDirty) paintBase(scene, base, stage, box);
    pen ??= makePen(overlay);
    pen.begin(stage);
    paintOverlay(scene, pen, tools()?.current, box);
    scene.afterPaint?.();
  };
}

function paintBase(scene, context, stage, box) {
  const { width, height } = stage.base;
  const device = stage.device();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = MARGIN;
  context.fillRect(0, 0, width, height);
  if (!scene.picture) return;
  const edge = { left: -0.5, top: -0.5, right: stage.image.cols - 0.5, bottom: stage.image.rows - 0.5 };
  const x = Math.round(edge.left * device.scale + device.dx);
  const y = Math.round(edge.top * device.scale + device.dy);
  context.save();
  context.beginPath();
  context.rect(
    x, y,
    Math.round(edge.right * device.scale + device.dx) - x,
    Math.round(edge.bottom * device.scale + device.dy) - y,
  );
  // The last tiles of a coarse level may reach past the picture's edge.
  context.clip();
  scene.picture.draw(context, device, box, { quick: stage.moving });
  context.restore();
  if (scene.raw || !scene.outlines) return;
  context.save();
  clipSwipe(scene, context, width, height);
  scene.outlineCache.draw(context, scene.outlines, stage, box);
  context.restore();
}

function paintOverlay(scene, pen, tool, box) {
  const { context } = pen;
  if (!scene.raw) {
    context.save();
    if (scene.swipe !== null) {
      const transform = context.getTransform();
      context.setTransform(1, 0, 0, 1, 0, 0);
      clipSwipe(scene, context, context.canvas.width, context.canvas.height);
      context.setTransform(transform);
    }
    pen.regions(scene.particles.regions);
    const selected = [...scene.selected].map((id) => scene.particle(id)).filter((item) => item && meets(item.box, box));
    pen.selection(selected.map((item) => item.outline));
    const hovered = scene.hovered === null ? null : scene.particle(scene.hovered);
    if (hovered && !scene.selected.has(scene.hovered)) pen.hover(hovered.outline);
    if (scene.showIds) pen.labels(scene.particlesIn(box).map((id) => scene.particle(id)));
    context.restore();
  }
  scene.paintBar?.(pen);
  tool?.draw?.(pen);
  if (scene.crosshair) pen.crosshair(scene.crosshair.row, scene.crosshair.col);
}

/** With the slider on, outlines are drawn to the right of it only. */
function clipSwipe(scene, context, width, height) {
  if (scene.swipe === null) return;
  context.beginPath();
  context.rect(width * scene.swipe, 0, width * (1 - scene.swipe), height);
  context.clip();
}

function meets(a, b) {
  return a.top <= b.bottom && b.top <= a.bottom && a.left <= b.right && b.left <= a.right;
}
