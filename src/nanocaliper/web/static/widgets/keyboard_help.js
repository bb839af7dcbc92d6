/** The dialog that lists every key. */

import { el } from "../dom.js";
import { t } from "../texts.js";
import { openDialog } from "./dialog.js";

const onMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Open it. */
export function showKeyboardHelp() {
  const groups = t("frame.keyGroups").map(({ title, keys }) =>
    el(
      "section",
      {},
      el("h3", {}, title),
      el(
        "dl",
        {},
        keys.map(([combination, meaning]) => [el("dt", {}, showKeys(combination)), el("dd", {}, meaning)]),
      ),
    ),
  );
  return openDialog({ title: t("frame.keys"), body: [el("div", { class: "keys" }, groups)], size: "wide" });
}

/** "ctrl+z, ctrl+y" as <kbd>Ctrl</kbd> <kbd>Z</kbd> … */
function showKeys(combination) {
  return combination.split(", ").flatMap((one, at) => [
    at > 0 ? ` ${t("frame.or")} ` : "",
    ...one.split("+").flatMap((key, place) => [place > 0 ? " " : "", el("kbd", {}, key === "Ctrl" && onMac ? "⌘" : key)]),
  ]);
}
