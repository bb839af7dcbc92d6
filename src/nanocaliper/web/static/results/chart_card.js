// One chart with its title, its summary in words, its numbers in a table, and the buttons that save it.

import { el, fill, uniqueId } from "../dom.js";
import { t } from "../texts.js";
import { PAPER, screenColours, svg } from "./plot.js";
import { saveFile, savePicture } from "./saving.js";

const HEIGHT = 216;
const SAVED = { width: 720, height: 440 };
const DRAG_FROM_PX = 4;

/** `kind` draws, picks, and tells; `onPick(keys, add)` gets what was clicked or dragged over. */
export function makeChartCard(name, kind, onPick) {
  const title = t(`charts.titles.${name}`);
  const titleId = uniqueId("chart");
  const summaryId = uniqueId("chart-summary");
  const picture = el("div", { class: "chart-picture", role: "img", "aria-labelledby": titleId, "aria-describedby": summaryId });
  const summary = el("p", { class: "chart-summary", id: summaryId });
  const numbers = el("div", { class: "chart-numbers" });
  const details = el("details", { class: "chart-details", on: { toggle: drawTable } }, el("summary", {}, t("charts.table")), numbers);
  const save = (kindOf, run) => el("button", {
    type: "button", class: "button small quiet", "aria-label": t("charts.saveAs", { kind: kindOf, title }), on: { click: run },
  }, kindOf);
  const element = el("figure", { class: "chart-card" },
    el("figcaption", { class: "chart-head" }, el("strong", { id: titleId }, title),
      el("span", { class: "chart-save" }, save(t("charts.svg"), () => saveFile(paper(), name)), save(t("charts.png"), () => savePicture(paper(), name)))),
    picture, summary, details);

  let data = null;
  let plot = null;
  const paper = () => kind.draw({ ...data, selected: new Set() }, { ...SAVED, colours: PAPER, title }).node;

  function show(given) {
    data = given;
    const empty = data.points.keys.length === 0;
    const missing = !empty && kind.has && !kind.has(data);
    details.hidden = empty || missing;
    element.querySelector(".chart-save").hidden = empty || missing;
    summary.textContent = empty ? t("charts.none") : missing ? t("charts.missing") : kind.summary(data);
    if (empty || missing) {
      plot = null;
      fill(picture);
      return;
    }
    draw();
    drawTable();
  }

  function draw() {
    const width = Math.max(picture.clientWidth, 240);
    if (!data || details.hidden || picture.clientWidth === 0) return;
    plot = kind.draw(data, { width, height: HEIGHT, colours: screenColours() });
    plot.node.classList.add("chart-svg");
    fill(picture, plot.node);
  }

  function drawTable() {
    if (!details.open || !data || details.hidden) return;
    const { header, rows } = kind.table(data);
    fill(numbers, el("table", { class: "data compact" },
      el("thead", {}, el("tr", {}, [...header, t("charts.select")].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, rows.map(({ cells, keys }) => el("tr", {},
        cells.map((words) => el("td", {}, words)),
        el("td", {}, el("button", {
          type: "button", class: "button small quiet", disabled: keys.length === 0,
          "aria-label": t("charts.selectThese", { n: keys.length }), on: { click: () => onPick(keys) },
        }, t("charts.select"))))))));
  }

  picture.addEventListener("pointerdown", (event) => {
    if (!plot || event.button !== 0) return;
    const box = picture.getBoundingClientRect();
    const pointOf = (moved) => ({ x: moved.clientX - box.left, y: moved.clientY - box.top });
    const from = pointOf(event);
    const { area } = plot;
    const band = svg("rect", { class: "chart-band", fill: plot.colours.curves[0], "fill-opacity": 0.18 });
    picture.setPointerCapture(event.pointerId);
    const far = (until) => Math.hypot(until.x - from.x, until.y - from.y) >= DRAG_FROM_PX;
    const move = (moved) => {
      const until = pointOf(moved);
      if (!far(until)) return;
      plot.node.append(band);
      const tall = !kind.planar;
      const rectangle = {
        x: Math.min(from.x, until.x), width: Math.abs(until.x - from.x),
        y: tall ? area.top : Math.min(from.y, until.y), height: tall ? area.bottom - area.top : Math.abs(until.y - from.y),
      };
      for (const [key, value] of Object.entries(rectangle)) band.setAttribute(key, String(value));
    };
    const lift = (lifted) => {
      picture.removeEventListener("pointermove", move);
      picture.removeEventListener("pointerup", lift);
      picture.removeEventListener("pointercancel", lift);
      band.remove();
      if (lifted.type !== "pointerup") return;
      const until = pointOf(lifted);
      onPick(kind.pick(data, plot, from, far(until) ? until : from), lifted.shiftKey);
    };
    picture.addEventListener("pointermove", move);
    picture.addEventListener("pointerup", lift);
    picture.addEventListener("pointercancel", lift);
  });

  return { element, show, draw };
}
