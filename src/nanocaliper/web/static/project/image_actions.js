/** What can be done with images and samples of the list. */

import { el, uniqueId } from "../dom.js";
import { t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { askName, openDialog } from "../widgets/dialog.js";
import { toast, toastError } from "../widgets/toast.js";
import { imageItems } from "./downloads.js";
import { askSample } from "./sample_dialog.js";
import { isBusy } from "./session.js";

export function makeImageActions(api, state, session) {
  const project = session.id;
  const trying = (work) => work().catch(toastError);

  const actions = {
    /** Items of an image's menu. */
    items: (image) => [
      isBusy(image)
        ? { label: t("images.cancelOne"), icon: "stop", run: () => actions.cancel([image]) }
        : { label: t("images.measureAgain"), icon: "measure", run: () => actions.measure([image]) },
      "-",
      { label: t("images.rename"), icon: "pencil", note: "F2", run: () => actions.rename(image) },
      { label: t("images.move"), icon: "move", run: () => actions.askMove(image) },
      { label: t("images.remove"), icon: "trash", note: t("frame.deleteKey"), run: () => actions.remove(image) },
      "-",
      ...imageItems(api, project, image),
    ],

    measure: (images) => trying(async () => {
      await api.measure(project, images.map(({ id }) => id));
      await session.poll();
    }),

    cancel: (images) => trying(async () => {
      await api.cancel(project, images.map(({ id }) => id));
      await session.poll();
    }),

    async rename(image) {
      const name = await askName({ title: t("images.renameTitle"), label: t("images.name"), value: image.name, action: t("images.renameDo") });
      if (name && name !== image.name) await trying(async () => session.take([await api.changeImage(project, image.id, { name })]));
    },

    remove: (image) => trying(async () => {
      await api.removeImage(project, image.id);
      session.take([], [image.id]);
      const bring = () => trying(async () => session.take([await api.restoreImage(project, image.id)]));
      toast(t("images.removed", image), { action: { label: t("frame.undo"), run: bring } });
    }),

    /** Move an image to a sample, with a way back. */
    async moveTo(id, sample) {
      const image = state.get("images").get(String(id));
      if (!image || String(image.sample) === String(sample)) return;
      await trying(async () => {
        session.take([await api.changeImage(project, image.id, { sample })]);
        const to = state.get("samples").find((one) => String(one.id) === String(sample));
        const back = () => trying(async () => session.take([await api.changeImage(project, image.id, { sample: image.sample })]));
        toast(t("images.moved", { name: image.name, sample: to?.name ?? t("images.noSample") }), { action: { label: t("frame.undo"), run: back } });
      });
    },

    async askMove(image) {
      const id = uniqueId("sample");
      const samples = state.get("samples");
      const choice = el(
        "select",
        { id, autofocus: true },
        samples.map((sample) => el("option", { value: sample.id, selected: String(sample.id) === String(image.sample) }, sample.name)),
        el("option", { value: "" }, t("images.newSample")),
      );
      const to = await openDialog({
        title: t("images.moveTitle", image),
        body: [el("div", { class: "field" }, el("label", { for: id }, t("images.sample")), choice)],
        actions: [{ label: t("frame.cancel") }, { label: t("images.moveDo"), kind: "primary", take: () => ({ sample: choice.value }) }],
      });
      if (to === null) return;
      const sample = to.sample === "" ? await actions.addSample() : samples.find((one) => String(one.id) === to.sample);
      if (sample) await actions.moveTo(image.id, sample.id);
    },

    async addSample() {
      const answer = await askSample({ title: t("images.addSampleTitle"), action: t("images.addSample"), name: t("images.sampleName", { number: state.get("samples").length + 1 }) });
      if (answer === null) return null;
      try {
        const sample = await api.addSample(project, answer.name, answer.notes);
        await session.loadSamples();
        announce(t("images.sampleAdded", sample));
        return sample;
      } catch (error) {
        toastError(error);
        return null;
      }
    },

    async editSample(sample) {
      const answer = await askSample({ title: t("images.editSampleTitle"), action: t("frame.save"), name: sample.name, notes: sample.notes });
      if (answer === null) return;
      await trying(async () => {
        await api.changeSample(project, sample.id, answer);
        await session.loadSamples();
      });
    },

    /** Remove a sample; its images stay, without one. */
    removeSample: (sample, images) => trying(async () => {
      await api.removeSample(project, sample.id);
      await session.loadSamples();
      await session.poll();
      const bring = () => trying(async () => {
        await api.restoreSample(project, sample.id);
        await session.loadSamples();
        await session.poll();
      });
      toast(t("images.sampleRemoved", { name: sample.name, count: images.length }), { action: { label: t("frame.undo"), run: bring } });
    }),
  };
  return actions;
}
