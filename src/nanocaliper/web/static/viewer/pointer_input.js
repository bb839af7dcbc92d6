// Mouse, pen and fingers: panning and zooming here, everything else goes to the tool.

const WHEEL_LINE_PX = 16;

/**
 * Listen to a stage's element.
 *
 * `tool` has down, move, up, leave, doubleClick, each ({x, y, row, col}, event); `handTool()` tells whether dragging
 * moves the picture; returns {spaceHeld(bool), stop()}.
 */
export function listenToPointers(element, stage, { tool, handTool, onHover }) {
  const fingers = new Map();
  let dragging = null;
  let spaceHeld = false;
  let pinch = null;
  const abort = new AbortController();
  const listen = (type, handler, options = {}) =>
    element.addEventListener(type, handler, { signal: abort.signal, ...options });

  const pointOf = (event) => {
    const place = stage.overlay.getBoundingClientRect();
    const x = event.clientX - place.left;
    const y = event.clientY - place.top;
    return { x, y, ...stage.toImage(x, y) };
  };

  listen("pointerdown", (event) => {
    if (event.target !== stage.overlay) return;
    element.focus({ preventScroll: true });
    const point = pointOf(event);
    fingers.set(event.pointerId, point);
    stage.overlay.setPointerCapture(event.pointerId);
    if (fingers.size === 2) {
      tool().cancel();
      dragging = null;
      pinch = pinchOf(fingers);
    } else if (event.button === 1 || spaceHeld || (handTool() && event.button === 0)) {
      dragging = { kind: "pan", last: point };
      element.classList.add("is-panning");
      event.preventDefault();
    } else if (event.button === 0) {
      dragging = { kind: "tool" };
      tool().down(point, event);
    }
  });

  listen("pointermove", (event) => {
    const point = pointOf(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, point);
    if (pinch && fingers.size === 2) {
      const now = pinchOf(fingers);
      stage.panBy(now.x - pinch.x, now.y - pinch.y);
      stage.zoomBy(now.distance / pinch.distance, now.x, now.y);
      pinch = now;
    } else if (dragging?.kind === "pan") {
      stage.panBy(point.x - dragging.last.x, point.y - dragging.last.y);
      dragging.last = point;
    } else {
      // Between two frames a fast hand passes several points: a freehand line keeps them all.
      const passed = dragging?.kind === "tool" ? (event.getCoalescedEvents?.() ?? []) : [];
      for (const between of passed.slice(0, -1)) tool().move(pointOf(between), between);
      tool().move(point, event);
      onHover(event.target === stage.overlay ? point : null);
    }
  });

  const lift = (event) => {
    fingers.delete(event.pointerId);
    if (fingers.size < 2) pinch = null;
    if (dragging?.kind === "tool" && event.type === "pointerup") tool().up(pointOf(event), event);
    else if (dragging?.kind === "tool") tool().cancel();
    dragging = null;
    element.classList.remove("is-panning");
  };
  listen("pointerup", lift);
  listen("pointercancel", lift);
  listen("pointerleave", () => onHover(null));
  listen("dblclick", (event) => {
    if (event.target === stage.overlay) tool().doubleClick?.(pointOf(event), event);
  });
  listen("auxclick", (event) => event.preventDefault());

  listen("wheel", (event) => {
    if (event.target !== stage.overlay) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? WHEEL_LINE_PX : event.deltaMode === 2 ? stage.size.height : 1;
    const delta = event.deltaY * lines;
    if (event.shiftKey) {
      stage.panBy(-(event.deltaX || event.deltaY) * lines, 0);
      return;
    }
    const { x, y } = pointOf(event);
    // A pinch on a touchpad comes as a wheel with ctrl and small steps.
    stage.zoomBy(Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
    onHover(null);
  }, { passive: false });

  return {
    spaceHeld(held) {
      spaceHeld = held;
      element.classList.toggle("is-grabbing", held);
    },
    stop: () => abort.abort(),
  };
}

function pinchOf(fingers) {
  const [a, b] = [...fingers.values()];
  return {
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
    distance: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1),
  };
}
