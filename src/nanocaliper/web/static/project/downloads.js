/** What can be downloaded of a project: reports, and files for other programs. */

import { t } from "../texts.js";

export const EXPORT_FORMATS = ["imagej-roi", "coco", "labelme", "label-tiff", "ome-tiff"];

/** Items of the menu "Reports and files". */
export function downloadItems(api, state) {
  const { id } = state.get("project");
  const image = state.get("image");
  const measured = [...(state.get("images")?.values() ?? [])].some((one) => one.status === "measured");
  const file = (label, href, note, icon = "report") => ({ label, href, note, icon, download: "", disabled: !measured });
  return [
    { title: t("results.report") },
    file(t("results.word"), api.reportUrl(id, "docx"), ".docx"),
    file(t("results.excel"), api.reportUrl(id, "xlsx"), ".xlsx", "table"),
    { ...file(t("results.html"), api.reportUrl(id, "html"), ".html"), download: null, target: "_blank" },
    file(t("results.tables"), api.reportUrl(id, "csv"), ".zip", "table"),
    file(t("results.json"), api.reportUrl(id, "json"), ".json"),
    "-",
    { title: t("results.outlinesOfProject") },
    ...EXPORT_FORMATS.map((format) => file(t(`results.formats.${format}`), api.exportUrl(id, format), ".zip", "download")),
    file(t("results.trainingSet"), api.trainingSetUrl(id), ".zip", "download"),
    "-",
    { label: t("results.archive"), href: api.archiveUrl(id), note: ".zip", icon: "archive", download: "" },
    ...(image ? ["-", ...imageItems(api, id, image)] : []),
  ];
}

/** Files of one image. */
export function imageItems(api, project, image) {
  const disabled = image.status !== "measured";
  const item = (name) => ({
    label: t(`results.imageFiles.${name.replace(".", "_")}`),
    href: api.imageFileUrl(project, image.id, name),
    note: name,
    icon: "download",
    download: "",
    disabled,
  });
  return [
    { title: t("results.filesOfImage", { name: image.name }) },
    ...["particles.csv", "overlay.png", "labels.tif", "result.json"].map(item),
  ];
}
