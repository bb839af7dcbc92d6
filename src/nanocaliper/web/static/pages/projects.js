/** The list of projects. */

import { el, fill, icon } from "../dom.js";
import { count, moment } from "../format.js";
import { address, go } from "../router.js";
import { t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { askName, openDialog } from "../widgets/dialog.js";
import { attachMenu } from "../widgets/menu.js";
import { toast, toastError } from "../widgets/toast.js";

export async function openProjects(host, { api, state }) {
  state.set({ project: null, image: null });
  const list = el("div", {});
  let projects = [];

  const load = async () => {
    projects = await api.listProjects();
    fill(list, projects.length > 0 ? makeTable() : makeEmpty());
  };
  /** Do something that changes projects, and say what failed. */
  const doing = (work) => async () => {
    try {
      await work();
      await load();
    } catch (error) {
      toastError(error);
    }
  };

  async function create() {
    const name = await askName({ title: t("projects.newTitle"), label: t("projects.name"), value: t("projects.newName"), action: t("projects.create"), note: t("projects.newNote") });
    if (name === null) return;
    try {
      go(address.project((await api.createProject(name)).id));
    } catch (error) {
      toastError(error);
    }
  }

  const remove = (project) =>
    doing(async () => {
      await api.removeProject(project.id);
      const bring = doing(() => api.restoreProject(project.id));
      toast(t("projects.removed", project), { action: { label: t("frame.undo"), run: bring } });
    })();

  async function rename(project) {
    const name = await askName({ title: t("projects.renameTitle"), label: t("projects.name"), value: project.name, action: t("projects.rename") });
    if (name && name !== project.name) await doing(() => api.renameProject(project.id, name))();
  }

  const duplicate = (project) =>
    doing(async () => {
      const copy = await api.duplicateProject(project.id);
      announce(t("projects.duplicated", copy));
    })();

  const chooser = el("input", { type: "file", accept: ".zip", hidden: true });
  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    chooser.value = "";
    if (!file) return;
    importButton.disabled = true;
    await doing(async () => {
      const project = await api.importProject(file);
      toast(t("projects.imported", project), { action: { label: t("projects.open"), run: () => go(address.project(project.id)) } });
    })();
    importButton.disabled = false;
  });
  const importButton = el("button", { class: "button", type: "button", on: { click: () => chooser.click() } }, icon("upload"), t("projects.import"));

  function makeTable() {
    const rows = projects.map((project) => {
      const more = el("button", { class: "icon-button small", type: "button", "aria-label": t("projects.actions", project) }, icon("more"));
      attachMenu(more, () => [
        { label: t("projects.open"), icon: "folder", run: () => go(address.project(project.id)) },
        { label: t("frame.results"), icon: "chart", run: () => go(address.results(project.id)) },
        "-",
        { label: t("projects.renameMore"), icon: "pencil", run: () => rename(project) },
        { label: t("projects.duplicate"), icon: "copy", run: () => duplicate(project) },
        { label: t("projects.export"), icon: "archive", href: api.archiveUrl(project.id), download: "", note: ".zip" },
        "-",
        { label: t("projects.remove"), icon: "trash", run: () => remove(project) },
      ]);
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, el("a", { href: address.project(project.id), class: "row" }, icon("folder"), el("span", { class: "ellipsis" }, project.name))),
        el("td", {}, count(project.samples)),
        el("td", {}, count(project.images)),
        el("td", {}, count(project.particles)),
        el("td", {}, moment(project.modified)),
        el("td", {}, more),
      );
    });
    const head = ["name", "samples", "images", "particles", "modified"].map((name) => el("th", { scope: "col" }, t(`projects.columns.${name}`)));
    return el(
      "table",
      { class: "project-table" },
      el("caption", { class: "visually-hidden" }, t("projects.title")),
      el("thead", {}, el("tr", {}, head, el("th", { scope: "col" }, el("span", { class: "visually-hidden" }, t("projects.columns.actions"))))),
      el("tbody", {}, rows),
    );
  }

  const makeEmpty = () =>
    el(
      "div",
      { class: "empty-card first-project" },
      el("h2", {}, t("projects.emptyTitle")),
      el("p", {}, t("projects.emptyText")),
      el("ol", { class: "steps" }, t("projects.steps").map(([title, text]) => el("li", {}, el("strong", {}, title), el("span", {}, text)))),
      el("button", { class: "button primary", type: "button", on: { click: create } }, icon("plus"), t("projects.new")),
    );

  async function openBin() {
    const removed = await api.listProjects(true);
    const restore = (project, row) => async () => {
      try {
        await api.restoreProject(project.id);
        row.remove();
        announce(t("projects.restored", project));
        await load();
      } catch (error) {
        toastError(error);
      }
    };
    const rows = removed.map((project) => {
      const row = el("li", { class: "row" }, el("span", { class: "ellipsis" }, project.name), el("span", { class: "note push" }, t("projects.imageCount", { count: project.images })));
      row.append(el("button", { class: "button small", type: "button", on: { click: restore(project, row) } }, t("projects.restore")));
      return row;
    });
    await openDialog({
      title: t("projects.bin"),
      body: rows.length > 0 ? [el("ul", { class: "stack" }, rows)] : [el("p", { class: "note" }, t("projects.binEmpty"))],
    });
  }

  fill(
    host,
    el(
      "div",
      { class: "scroll-page" },
      el(
        "div",
        { class: "page-width" },
        el(
          "div",
          { class: "row page-head" },
          el("h1", {}, t("projects.title")),
          el("span", { class: "push" }),
          el("button", { class: "button quiet", type: "button", on: { click: () => openBin().catch(toastError) } }, icon("trash"), t("projects.bin")),
          importButton,
          chooser,
          el("button", { class: "button primary", type: "button", on: { click: create } }, icon("plus"), t("projects.new")),
        ),
        list,
        el("p", { class: "note where" }, t("projects.where", { version: state.get("about").version })),
      ),
    ),
  );
  await load();
  return {};
}
