/** Files on their way to the server: a queue with the progress of each. */

import { t } from "../texts.js";
import { el } from "../dom.js";
import { announce } from "../widgets/announce.js";
import { toastError } from "../widgets/toast.js";
import { groupFiles } from "./sidecars.js";

const AT_ONCE = 2;

/**
 * @param {object} api
 * @param {object} state gets `uploads`: [{key, name, size, status: "queued"|"sending"|"refused", progress, error}]
 * @param {object} session
 */
export function makeUploads(api, state, session) {
  let queue = [];
  let lastKey = 0;
  let arrived = 0;
  const chooser = el("input", { type: "file", multiple: true, hidden: true, accept: acceptOf(state.get("about")) });
  let chooserSample = null;
  chooser.addEventListener("change", () => {
    add([...chooser.files], chooserSample);
    chooser.value = "";
  });

  const show = () => state.set({ uploads: [...queue] });
  const replace = (key, changes) => {
    queue = queue.map((item) => (item.key === key ? { ...item, ...changes } : item));
    show();
  };
  const drop = (key) => {
    queue = queue.filter((item) => item.key !== key);
    show();
  };

  /** Put files into the queue, texts with their images; those of a kind that cannot be read are refused here already. */
  function add(files, sample = null, folderOf = undefined) {
    const { extensions, sidecar_extensions: texts, limits } = state.get("about");
    const known = files.filter((file) => !isHidden(file.name));
    for (const group of groupFiles(known, texts, folderOf)) {
      lastKey += 1;
      const { name } = group[0];
      const size = group.reduce((sum, file) => sum + file.size, 0);
      const endsWith = (endings) => endings.some((ending) => name.toLowerCase().endsWith(ending));
      const error = endsWith(texts)
        ? t("images.textAlone")
        : !endsWith(extensions)
          ? t("images.wrongKind", { extensions: extensions.join(", ") })
          : size > limits.upload_bytes
            ? t("images.tooLarge", { limit: limits.upload_bytes })
            : null;
      queue.push({ key: lastKey, files: group, name, size, sample, status: error ? "refused" : "queued", progress: 0, error, controller: new AbortController() });
    }
    announce(t("images.adding", { count: known.length }));
    show();
    next();
  }

  function next() {
    const sending = queue.filter((item) => item.status === "sending").length;
    for (const item of queue.filter(({ status }) => status === "queued").slice(0, AT_ONCE - sending)) send(item);
  }

  async function send({ key, files, sample, controller }) {
    replace(key, { status: "sending" });
    try {
      const { images, refused } = await api.upload(session.id, files, {
        sample,
        signal: controller.signal,
        onProgress: (progress) => replace(key, { progress }),
      });
      session.take(images);
      arrived += images.length;
      if (refused.length > 0) replace(key, { status: "refused", name: refused[0].name, error: refused[0].error });
      else drop(key);
      session.poll();
    } catch (error) {
      if (error.name === "AbortError") drop(key);
      else replace(key, { status: "refused", error: error.message });
    }
    next();
    if (!queue.some(({ status }) => status !== "refused") && arrived > 0) {
      announce(t("images.added", { count: arrived }));
      arrived = 0;
      if (state.get("samples").length === 0) session.loadSamples().catch(toastError);
    }
  }

  return {
    chooser,
    add,
    /** Open the file chooser. */
    choose(sample = null) {
      chooserSample = sample;
      chooser.click();
    },
    /** Give up a file, or forget that it was refused. */
    cancel(key) {
      const item = queue.find((one) => one.key === key);
      if (item?.status === "sending") item.controller.abort();
      else drop(key);
    },
    cancelAll() {
      const sending = queue.filter(({ status }) => status === "sending");
      queue = sending;
      show();
      for (const { controller } of sending) controller.abort();
    },
    async addExamples() {
      const { images } = await api.addExamples(session.id);
      session.take(images);
      await session.loadSamples();
      session.poll();
    },
    close() {
      for (const { controller } of queue) controller.abort();
      state.set({ uploads: [] });
    },
  };
}

const acceptOf = (about) => [...about.extensions, ...about.sidecar_extensions].join(",");

const isHidden = (name) => name.startsWith(".") || ["thumbs.db", "desktop.ini"].includes(name.toLowerCase());
