/** A project with one image open: images left, viewer in the middle, panels right. */

import { el, fill } from "../dom.js";
import { makeImageList } from "../project/image_list.js";
import { makeStatusLine } from "../project/status_line.js";
import { openSession } from "../project/session.js";
import { catchDrops } from "../project/drop_zone.js";
import { makeUploads } from "../project/uploads.js";
import { makePanels } from "../panels/panels.js";
import { makeStage } from "../project/stage.js";
import { address, go } from "../router.js";
import { listenForKeys } from "../widgets/shortcuts.js";
import { toastError } from "../widgets/toast.js";

export async function openProject(host, { api, state, route }) {
  const session = await openSession(api, state, route.project, { onTrouble: toastError });
  const uploads = makeUploads(api, state, session);
  const stage = makeStage(api, state, session, uploads);
  const list = makeImageList(api, state, session, uploads);
  const panels = makePanels(api, state, session, stage);
  const status = makeStatusLine(state, session);
  const stopDrops = catchDrops(uploads);

  const inOrder = () => list.order();
  const step = (by) => {
    const ids = inOrder();
    const at = ids.indexOf(String(state.get("image")?.id));
    const to = ids[Math.min(Math.max(at + by, 0), ids.length - 1)];
    if (to !== undefined) go(address.image(route.project, to));
  };
  const change = (how) => () => session[how]().catch(toastError);
  const stopKeys = listenForKeys({
    pagedown: () => step(1),
    pageup: () => step(-1),
    "ctrl+z": () => state.get("edits").cursor > 0 && change("undo")(),
    "ctrl+shift+z": () => state.get("edits").cursor < state.get("edits").edits.length && change("redo")(),
    "ctrl+y": () => state.get("edits").cursor < state.get("edits").edits.length && change("redo")(),
    "alt+1": () => panels.choose("scale"),
    "alt+2": () => panels.choose("settings"),
    "alt+3": () => panels.choose("particles"),
    "alt+4": () => panels.choose("statistics"),
    "alt+5": () => panels.choose("history"),
    "ctrl+u": () => uploads.choose(),
  });

  fill(host, el("div", { class: "project-page" }, el("h1", { class: "visually-hidden" }, state.get("project").name), list.node, stage.node, panels.node, status.node));

  const update = (next) => {
    if (next.name !== "project" || next.project !== route.project) return false;
    const images = state.get("images");
    const wanted = next.image !== null && images.has(next.image) ? next.image : (inOrder()[0] ?? null);
    if (wanted !== null && wanted !== next.image) go(address.image(route.project, wanted), { replace: true });
    else session.show(wanted);
    return true;
  };
  // The first image of an empty project opens by itself, and another when the open one is removed.
  const stopFollowing = state.on("images", (images) => {
    const shown = state.get("image");
    if (!shown || !images.has(String(shown.id))) update({ ...route, image: null });
  });
  update(route);

  return {
    update,
    close() {
      stopKeys();
      stopDrops();
      stopFollowing();
      for (const part of [uploads, stage, list, panels, status]) part.close?.();
      session.close();
    },
  };
}
