/** What a project without images shows. */

import { el, icon } from "../dom.js";
import { t } from "../texts.js";
import { toastError } from "../widgets/toast.js";

/**
 * @param {object} about
 * @param {object} uploads
 * @returns {HTMLElement}
 */
export function makeEmptyState(about, uploads) {
  const examples =
    about.examples &&
    el(
      "button",
      {
        class: "button",
        type: "button",
        on: {
          click: (event) => {
            event.currentTarget.disabled = true;
            uploads.addExamples().catch(toastError);
          },
        },
      },
      icon("image"),
      t("images.tryExamples"),
    );
  return el(
    "div",
    { class: "empty" },
    el(
      "div",
      { class: "empty-card" },
      el("h2", {}, t("images.emptyTitle")),
      el("p", {}, t("images.emptyText")),
      el("ol", { class: "steps" }, t("images.steps").map(([title, text]) => el("li", {}, el("strong", {}, title), el("span", {}, text)))),
      el(
        "div",
        { class: "row wrap" },
        el("button", { class: "button primary", type: "button", on: { click: () => uploads.choose() } }, icon("upload"), t("images.choose")),
        examples,
      ),
    ),
    el("p", { class: "note plain" }, t("images.kinds", { extensions: about.extensions })),
  );
}
