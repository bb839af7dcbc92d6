/** Placeholder until the viewer is there: the picture without tools. */

import { el, fill } from "../dom.js";

export function createViewer(host, { api, project }) {
  const picture = el("img", { class: "placeholder-picture", alt: "" });
  fill(host, picture);
  const nothing = () => {};
  return {
    load(image) {
      picture.src = image.status === "measured" ? api.imageFileUrl(project, image.id, "overlay.png") : "";
    },
    setTool: nothing, setColour: nothing, setWindow: nothing, select: nothing, onSelect: nothing, onEdit: nothing,
    onScaleDrag: nothing, showScaleHandles: nothing, setConfidence: nothing, fit: nothing, zoomBy: nothing,
    destroy: () => fill(host),
  };
}
