/** Start of the page: store, server, router, and the frame around every page. */

import { createApi } from "./api.js";
import { el, fill } from "./dom.js";
import { openProject } from "./pages/project.js";
import { openProjects } from "./pages/projects.js";
import { openResults } from "./pages/results.js";
import { go, startRouter, address } from "./router.js";
import { createStore } from "./state.js";
import { t } from "./texts.js";
import { listenForKeys } from "./widgets/shortcuts.js";
import { currentTheme, followSystem } from "./widgets/theme.js";
import { makeTopBar } from "./widgets/top_bar.js";
import { toastError } from "./widgets/toast.js";
import { showKeyboardHelp } from "./widgets/keyboard_help.js";

const PAGES = { projects: openProjects, project: openProject, results: openResults };

async function start() {
  const api = createApi({ unreachable: t("frame.unreachable"), failed: (status) => t("frame.failed", { status }) });
  const state = createStore({ about: null, project: null, theme: currentTheme() });
  followSystem(state);

  const main = el("main", { id: "main", tabindex: -1 });
  const bar = makeTopBar(api, state);
  document.querySelector(".skip-link").textContent = t("frame.skip");
  document.querySelector(".skip-link").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  fill(document.getElementById("app"), el("div", { class: "frame" }, bar.node, main));
  listenForKeys({ "?": showKeyboardHelp });

  try {
    state.set({ about: await api.about() });
  } catch (error) {
    fill(main, el("div", { class: "empty" }, el("div", { class: "empty-card" }, el("h2", {}, t("frame.noServer")), el("p", {}, error.message))));
    return;
  }

  let page = null;
  let turn = 0;
  startRouter(async (route) => {
    if (page?.update?.(route)) {
      bar.update(route);
      return;
    }
    turn += 1;
    const mine = turn;
    page?.close?.();
    page = null;
    fill(main);
    bar.update(route);
    try {
      const opened = await PAGES[route.name](main, { api, state, route });
      if (mine === turn) {
        page = opened;
        bar.update(route);
      } else {
        opened?.close?.();
      }
    } catch (error) {
      if (mine !== turn) return;
      toastError(error);
      if (route.name !== "projects") go(address.projects());
    }
  });
}

start();
