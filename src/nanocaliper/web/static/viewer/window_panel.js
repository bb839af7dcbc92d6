// Brightness and contrast: the histogram of grey values with two marks, between which black turns to white.

import { el, uniqueId } from "../dom.js";
import { t } from "../texts.js";
import { clamp } from "./view.js";

const WIDTH = 256;
const HEIGHT = 72;
const ASK_AFTER_MS = 90;

export function createWindowPanel(onChange, onClose) {
  const canvas = el("canvas", { class: "viewer-window-histogram", "aria-hidden": "true" });
  const title = uniqueId("viewer-window");
  const low = number("windowLow");
  const high = number("windowHigh");
  const element = el("div", { class: "viewer-window", role: "group", "aria-labelledby": title, hidden: true },
    el("div", { class: "viewer-window-head" }, el("strong", { id: title }, t("viewer.window")),
      el("button", { type: "button", class: "viewer-chip", on: { click: onClose } }, t("viewer.close"))),
    canvas,
    el("div", { class: "viewer-window-row" }, low.label, high.label),
    el("div", { class: "viewer-window-row" },
      el("button", { type: "button", class: "viewer-chip", on: { click: auto } }, t("viewer.windowAuto")),
      el("button", { type: "button", class: "viewer-chip", on: { click: full } }, t("viewer.windowFull"))),
    el("p", { class: "viewer-window-help" }, t("viewer.windowHelp")));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") onClose();
    event.stopPropagation();
  });

  let picture = null;
  let window_ = { low: 0, high: 1 };
  let timer = 0;

  function number(name) {
    const input = el("input", { type: "number", class: "viewer-number", on: { change: typed } });
    return { input, label: el("label", {}, t(`viewer.${name}`), input) };
  }

  function typed() {
    const from = Number(low.input.value);
    const to = Number(high.input.value);
    if (Number.isFinite(from) && Number.isFinite(to) && from < to) set(from, to);
    else show(window_.low, window_.high);
  }

  function auto() {
    set(picture.window.low, picture.window.high);
  }

  function full() {
    set(picture.range.low, picture.range.high);
  }

  function set(from, to) {
    show(from, to);
    clearTimeout(timer);
    timer = setTimeout(() => onChange(window_.low, window_.high), ASK_AFTER_MS);
  }

  function show(from, to) {
    window_ = { low: from, high: to };
    low.input.value = String(Number(from.toPrecision(6)));
    high.input.value = String(Number(to.toPrecision(6)));
    paint();
  }

  const toX = (value) => ((value - picture.range.low) / (picture.range.high - picture.range.low || 1)) * WIDTH;
  const toValue = (x) => picture.range.low + (x / WIDTH) * (picture.range.high - picture.range.low);

  function paint() {
    if (!picture) return;
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    context.scale(ratio, ratio);
    // Roots, so that a small hump beside a large background is seen.
    const most = Math.sqrt(Math.max(...picture.histogram, 1));
    context.fillStyle = style.color;
    picture.histogram.forEach((count, k) => {
      const height = (Math.sqrt(count) / most) * (HEIGHT - 8);
      context.fillRect((k * WIDTH) / picture.histogram.length, HEIGHT - height, WIDTH / picture.histogram.length + 0.5, height);
    });
    context.strokeStyle = style.accentColor === "auto" ? style.color : style.accentColor;
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 2;
    for (const value of [window_.low, window_.high]) {
      const x = clamp(toX(value), 1, WIDTH - 1);
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, HEIGHT);
      context.stroke();
      context.beginPath();
      context.arc(x, 6, 5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const xOf = (moved) => clamp(moved.offsetX, 0, WIDTH);
    const which = Math.abs(xOf(event) - toX(window_.low)) < Math.abs(xOf(event) - toX(window_.high)) ? "low" : "high";
    const least = (picture.range.high - picture.range.low) / 1000;
    const move = (moved) => {
      const value = toValue(xOf(moved));
      if (which === "low") set(Math.min(value, window_.high - least), window_.high);
      else set(window_.low, Math.max(value, window_.low + least));
    };
    move(event);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("lostpointercapture", () => canvas.removeEventListener("pointermove", move), { once: true });
  });

  return {
    element,
    show,
    focus() {
      paint();
      low.input.focus();
    },
    load(loaded) {
      picture = loaded;
      show(picture.window.low, picture.window.high);
    },
  };
}
