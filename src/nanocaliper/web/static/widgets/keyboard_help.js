/** The dialog that lists every key. */

import { el } from "../dom.js";
import { nameOf, t } from "../texts.js";
import { SHORTCUTS } from "../viewer/shortcuts.js";
import { openDialog } from "./dialog.js";

const onMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Open it. */
export function showKeyboardHelp() {
  const groups = [...t("frame.keyGroups"), { title: t("frame.keysOfViewer"), keys: SHORTCUTS.map(describeShortcut) }];
  return openDialog({ title: t("frame.keys"), body: [el("div", { class: "keys" }, groups.map(makeGroup))], size: "wide" });
}

/** [keys, meaning] of a shortcut of the viewer; longer explanations belong to its toolbar. */
function describeShortcut([command, keys]) {
  const meaning = nameOf(`viewer.${isTool(command) ? "tools" : "commands"}`, command);
  return [keys.replace("Delete", t("frame.deleteKey")).replace("Escape", "Esc").replace(/^\+$/, "plus"), meaning.split(/[:;,(] ?/)[0].trim()];
}

const isTool = (command) => command in t("viewer.tools");

const makeGroup = ({ title, keys }) =>
  el(
    "section",
    {},
    el("h3", {}, title),
    el("dl", {}, keys.map(([combination, meaning]) => [el("dt", {}, showKeys(combination)), el("dd", {}, meaning)])),
  );

/** "Ctrl+Z, Ctrl+Y" as <kbd>Ctrl</kbd> <kbd>Z</kbd> … */
function showKeys(combination) {
  return combination.split(", ").flatMap((one, at) => [
    at > 0 ? ` ${t("frame.or")} ` : "",
    ...one.split("+").flatMap((key, place) => [place > 0 ? " " : "", el("kbd", {}, nameKey(key))]),
  ]);
}

const nameKey = (key) => (key === "plus" ? "+" : key === "Ctrl" && onMac ? "⌘" : key);
