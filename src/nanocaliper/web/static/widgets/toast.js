/** Short messages below, with an action such as Undo. */

import { el, icon } from "../dom.js";
import { t } from "../texts.js";
import { announce } from "./announce.js";

const SECONDS = 8;
const MOST = 4;

/**
 * Show a message.
 *
 * @param {string} sentence
 * @param {{action?: {label: string, run: function}, kind?: "info"|"error"}} [options]
 */
export function toast(sentence, { action = null, kind = "info" } = {}) {
  const host = document.getElementById("toasts");
  let timer = 0;
  const close = () => {
    clearTimeout(timer);
    node.remove();
  };
  const node = el(
    "div",
    { class: `toast ${kind}` },
    icon(kind === "error" ? "error" : "info"),
    el("span", {}, sentence),
    action &&
      el(
        "button",
        {
          class: "button small",
          type: "button",
          on: {
            click: () => {
              close();
              action.run();
            },
          },
        },
        action.label,
      ),
    el(
      "button",
      { class: "icon-button small", type: "button", "aria-label": t("frame.close"), on: { click: close } },
      icon("close"),
    ),
  );
  // Who reads or reaches for the message keeps it.
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(close, SECONDS * 1000);
  };
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("focusin", () => clearTimeout(timer));
  node.addEventListener("pointerleave", start);
  node.addEventListener("focusout", start);
  start();
  host.append(node);
  while (host.children.length > MOST) host.firstElementChild.remove();
  announce(action ? `${sentence} ${t("frame.toastAction", { label: action.label })}` : sentence);
}

/** Show what went wrong; a call that was given up says nothing. */
export function toastError(error) {
  if (error?.name === "AbortError") return;
  if (error?.name !== "ApiError") console.error(error);
  toast(error?.message || String(error), { kind: "error" });
}
