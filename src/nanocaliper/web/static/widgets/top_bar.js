/** The bar above every page: where one is, the pages of a project, and what is always at hand. */

import { el, fill, icon } from "../dom.js";
import { address } from "../router.js";
import { t } from "../texts.js";
import { attachMenu } from "./menu.js";
import { downloadItems } from "../project/downloads.js";
import { renameProject } from "../project/rename.js";
import { showKeyboardHelp } from "./keyboard_help.js";
import { currentTheme, setTheme } from "./theme.js";

/**
 * @param {object} api
 * @param {object} state
 * @returns {{node: HTMLElement, update: function(object): void}}
 */
export function makeTopBar(api, state) {
  let route = { name: "projects" };
  const crumbs = el("nav", { class: "crumbs", "aria-label": t("frame.where") });
  const pages = el("nav", { class: "pages", "aria-label": t("frame.pagesOfProject") });
  const downloads = el("button", { class: "button small", type: "button" }, icon("download"), t("frame.reports"), icon("chevron-down", "small"));
  attachMenu(downloads, () => downloadItems(api, state));

  const theme = el("button", { class: "icon-button", type: "button" });
  theme.addEventListener("click", () => setTheme(currentTheme() === "dark" ? "light" : "dark", state));
  const showTheme = () => {
    const dark = currentTheme() === "dark";
    theme.setAttribute("aria-label", t(dark ? "frame.toLight" : "frame.toDark"));
    theme.title = t(dark ? "frame.toLight" : "frame.toDark");
    fill(theme, icon(dark ? "sun" : "moon"));
  };
  showTheme();
  const help = el(
    "button",
    { class: "icon-button", type: "button", "aria-label": t("frame.keys"), title: t("frame.keysTitle"), on: { click: showKeyboardHelp } },
    icon("keyboard"),
  );

  const update = (next = route) => {
    route = next;
    const project = route.name === "projects" ? null : state.get("project");
    const inProject = project && String(project.id) === route.project;
    downloads.hidden = !inProject;
    pages.hidden = !inProject;
    fill(
      crumbs,
      inProject
        ? [
            el("a", { href: address.projects(), class: "button quiet small" }, icon("projects"), t("frame.projects")),
            icon("chevron-right", "small"),
            el(
              "button",
              { type: "button", class: "here", title: t("projects.rename"), on: { click: () => renameProject(api, state) } },
              el("span", { class: "ellipsis here" }, project.name),
              icon("pencil", "small"),
            ),
          ]
        : [],
    );
    const link = (name, href, picture, label) =>
      el("a", { href, "aria-current": route.name === name ? "page" : null }, icon(picture), label);
    fill(
      pages,
      inProject && [
        link("project", route.image || !state.get("image") ? address.project(project.id) : address.image(project.id, state.get("image").id), "image", t("frame.images")),
        link("results", address.results(project.id), "chart", t("frame.results")),
      ],
    );
    document.title = inProject ? `${project.name} – nanocaliper` : "nanocaliper";
  };
  state.on("theme", showTheme);
  state.on("project", () => update());

  const node = el(
    "header",
    { class: "top-bar" },
    el("a", { class: "brand", href: address.projects() }, el("img", { src: "icons/mark.svg", alt: "" }), "nanocaliper"),
    crumbs,
    pages,
    el("div", { class: "tools" }, downloads, theme, help),
  );
  return { node, update };
}
