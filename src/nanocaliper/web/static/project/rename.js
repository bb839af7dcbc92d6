/** Renaming the project that is open. */

import { t } from "../texts.js";
import { askName } from "../widgets/dialog.js";
import { toastError } from "../widgets/toast.js";

export async function renameProject(api, state) {
  const project = state.get("project");
  const name = await askName({
    title: t("projects.renameTitle"),
    label: t("projects.name"),
    value: project.name,
    action: t("projects.rename"),
  });
  if (!name || name === project.name) return;
  try {
    state.set({ project: { ...project, ...(await api.renameProject(project.id, name)) } });
  } catch (error) {
    toastError(error);
  }
}
