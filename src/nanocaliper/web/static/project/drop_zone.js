/** Files and folders dropped anywhere on the window. */

import { el, icon } from "../dom.js";
import { t } from "../texts.js";

const MOST_FILES = 5000;

/**
 * Take what is dropped, until what comes back is called.
 *
 * @param {{add: function(File[], any=, function(File): string=): void}} uploads
 * @returns {function(): void}
 */
export function catchDrops(uploads) {
  let inside = 0;
  const curtain = el(
    "div",
    { class: "drop-curtain" },
    el("div", {}, icon("upload"), el("strong", {}, t("images.dropHere")), el("span", { class: "note" }, t("images.dropNote"))),
  );
  const hasFiles = (event) => event.dataTransfer?.types?.includes("Files");
  const listeners = {
    dragenter(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      inside += 1;
      if (!curtain.isConnected) document.body.append(curtain);
    },
    dragover(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    },
    dragleave(event) {
      if (!hasFiles(event)) return;
      inside -= 1;
      if (inside <= 0) hide();
    },
    async drop(event) {
      if (!hasFiles(event)) return;
      event.preventDefault();
      // The sample under the pointer, where the curtain lets it through.
      const sample = event.target.closest?.("[data-drop-sample]")?.dataset.dropSample ?? null;
      hide();
      const folders = new Map();
      const files = await filesOf(event.dataTransfer, folders);
      if (files.length > 0) uploads.add(files, sample, (file) => folders.get(file) ?? "");
    },
  };
  const hide = () => {
    inside = 0;
    curtain.remove();
  };
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener);
  return () => {
    hide();
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener);
  };
}

/** All files that were dropped, those in folders too, in the order of their names; `folders` gets the folder of each. */
async function filesOf(transfer, folders) {
  // Entries must be taken before the first await: afterwards the browser has emptied the list.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  const found = [];
  for (const entry of entries) await walk(entry, found, folders);
  return found;
}

async function walk(entry, found, folders) {
  if (found.length >= MOST_FILES) return;
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    if (file) {
      found.push(file);
      folders.set(file, entry.fullPath.slice(0, entry.fullPath.lastIndexOf("/")));
    }
    return;
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    // A reader gives about a hundred entries a call, and none when it is through.
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) break;
    inside.push(...some);
  }
  inside.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  for (const one of inside) await walk(one, found, folders);
}
