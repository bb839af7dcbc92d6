/** The right column: tabs about the image shown. */

import { createTable } from "../table/table.js";
import { el } from "../dom.js";
import { t } from "../texts.js";
import { makeTabs } from "../widgets/tabs.js";
import { conflictOpen } from "../project/calibration.js";
import { makeHistoryPanel } from "./history.js";
import { makeScalePanel } from "./scale.js";
import { makeSettingsPanel } from "./settings.js";
import { makeStatisticsPanel } from "./statistics.js";

const KEY = "nanocaliper.tab";
const TABS = { scale: "ruler", settings: "sliders", particles: "table", statistics: "chart", history: "history" };

/**
 * @returns {{node: HTMLElement, choose: function(string): void, close: function(): void}}
 */
export function makePanels(api, state, session, stage) {
  const parts = { api, state, session, stage };
  const panels = {
    scale: makeScalePanel(parts),
    settings: makeSettingsPanel(parts),
    particles: makeParticlesPanel(parts),
    statistics: makeStatisticsPanel(parts),
    history: makeHistoryPanel(parts),
  };
  const remembered = sessionStorage.getItem(KEY);
  const tabs = makeTabs(
    Object.entries(TABS).map(([id, picture]) => ({ id, icon: picture, label: t(`panels.tabs.${id}`), panel: panels[id].node })),
    {
      label: t("panels.label"),
      chosen: remembered in TABS ? remembered : "statistics",
      onChange(id) {
        sessionStorage.setItem(KEY, id);
        for (const [name, panel] of Object.entries(panels)) panel.show?.(name === id);
      },
    },
  );
  const node = el("aside", { class: "panel-area", "aria-label": t("panels.label") }, tabs.node);

  const drawMarks = (image) => {
    node.classList.toggle("no-image", !image);
    tabs.mark("scale", Boolean(image) && image.status === "measured" && (conflictOpen(image) || image.unit === "px"), t("panels.scaleNeedsYou"));
  };
  const stop = state.on("image", drawMarks);
  drawMarks(state.get("image"));
  return {
    node,
    choose: (id) => tabs.choose(id, true),
    close() {
      stop();
      for (const panel of Object.values(panels)) panel.close?.();
    },
  };
}

function makeParticlesPanel({ state }) {
  const host = el("div", { class: "table-host" });
  const table = createTable(host, { onSelect: (ids) => state.set({ selection: ids }), state });
  table.load(state.get("particles"));
  const stops = [
    state.on("particles", (payload) => table.load(payload)),
    state.on("selection", (ids) => table.select(ids)),
  ];
  return {
    node: el("div", {}, host),
    close() {
      for (const stop of stops) stop();
      table.destroy();
    },
  };
}
