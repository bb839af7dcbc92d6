// The card beside the cursor: what is known of the particle under it.

import { el, fill } from "../dom.js";
import { formatValue, labelOf } from "../table/columns.js";
import { nameOf, t } from "../texts.js";

const CHIEF = ["diameter_equivalent", "feret_max", "feret_min", "area", "aspect_ratio", "circularity", "solidity", "score"];
const OFFSET_PX = 16;
const SHOWN_ELSEWHERE = new Set(["particle", "edited", "shape", "touches_border"]);

export function createHoverCard(scene) {
  const element = el("div", { class: "viewer-card", hidden: true, "aria-hidden": "true" });
  let all = false;
  let last = { id: null, point: null };

  /** Value of a length's column with its unit, of a number without. */
  function written(name, id) {
    const { particles } = scene;
    const column = particles.columnOf(name);
    return formatValue(particles.value(id, column), column);
  }

  function title(id) {
    const item = scene.particle(id);
    const state = scene.styling.stateOf(item);
    const reason = nameOf("names.states", state);
    const edited = scene.particles.value(id, "edited");
    const shape = nameOf("names.shapes", scene.particles.value(id, "shape") || "undecided");
    return {
      name: t("viewer.particle", { id }),
      state: state === "counted" ? reason : t("viewer.leftOutBecause", { reason: reason.toLowerCase() }),
      leftOut: state !== "counted",
      rest: [shape, edited ? nameOf("viewer.edits", edited) : null].filter(Boolean).join(", "),
    };
  }

  function entries(id) {
    const { particles } = scene;
    if (!all) return CHIEF.map((name) => [labelOf(particles.columnOf(name)), written(name, id)]);
    // Of a length in px and nm the one in the image's unit is enough.
    const twin = (name) => particles.unit === "nm" && /_px$/.test(name) &&
      (particles.columns.includes(name.replace(/_px$/, "_nm")) || particles.columns.includes(name.replace(/_px$/, "_nm2")));
    return particles.columns
      .filter((name) => !SHOWN_ELSEWHERE.has(name) && !twin(name))
      .map((name) => [labelOf(name), formatValue(particles.value(id, name), name)]);
  }

  function show(id, point = last.point) {
    last = { id, point };
    element.hidden = id === null || !point;
    if (element.hidden) return;
    const { name, state, leftOut, rest } = title(id);
    element.classList.toggle("is-wide", all);
    fill(element,
      el("div", { class: "viewer-card-title" }, el("strong", {}, name),
        el("span", { class: leftOut ? "viewer-card-left-out" : "viewer-card-counted" }, state)),
      el("div", { class: "viewer-card-rest" }, rest),
      el("dl", { class: "viewer-card-values" }, entries(id).map(([term, value]) =>
        el("div", {}, el("dt", {}, term), el("dd", {}, value)))),
      el("div", { class: "viewer-card-hint" }, t(all ? "viewer.fewerValues" : "viewer.moreValues")));
    place(point);
  }

  function place({ x, y }) {
    const { width, height } = scene.stage.size;
    const right = x + OFFSET_PX + element.offsetWidth <= width - 4;
    const left = right ? x + OFFSET_PX : Math.max(4, x - OFFSET_PX - element.offsetWidth);
    const top = Math.max(4, Math.min(y + OFFSET_PX, height - element.offsetHeight - 4));
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  return {
    element,
    show,
    toggleAll() {
      all = !all;
      // By keyboard there is no cursor: the card of the selected particle, beside it.
      const id = last.id ?? [...scene.selected].at(-1) ?? null;
      const item = id === null ? null : scene.particle(id);
      if (item) show(id, last.point ?? scene.toScreen(item.middle.row, item.box.right));
    },
    /** The same in words, for a screen reader. */
    sentence(id) {
      const { name, state, rest } = title(id);
      const diameter = `${labelOf("diameter_equivalent")} ${written("diameter_equivalent", id)}`;
      return [name, state, rest, diameter].join(", ");
    },
  };
}
