/** An open project: its samples and images in the store, kept up to date, and every change of them. */

import { nextStop } from "./edit_groups.js";
import { mergeParticles } from "./particles.js";

const BUSY_MS = 200;
const CALM_MS = 3000;
const BUSY = new Set(["waiting", "measuring"]);

/** Whether an image waits for its measurement or is in it. */
export const isBusy = (image) => BUSY.has(image.status);

/**
 * Open a project.
 *
 * @param {object} api
 * @param {object} state gets project, samples, images, image, particles, edits, selection
 * @param {string} projectId
 * @param {{onTrouble: function(Error): void}} options told once when the server stops to answer
 */
export async function openSession(api, state, projectId, { onTrouble = () => {} } = {}) {
  let since = 0;
  let timer = 0;
  let closed = false;
  let troubled = false;
  let stepping = false;
  let loading = new AbortController();

  state.set({ project: null, samples: [], images: new Map(), ...nothingShown() });
  const [project, samples] = await Promise.all([api.getProject(projectId), api.listSamples(projectId)]);
  state.set({ project, samples });
  await poll();

  /** Take images as the server has them now. */
  function take(records, removed = []) {
    // An answer can come when another project is open.
    if (closed) return;
    if (records.length === 0 && removed.length === 0) return;
    const images = new Map(state.get("images"));
    for (const record of records) {
      if (record.deleted) images.delete(String(record.id));
      else images.set(String(record.id), record);
    }
    for (const id of removed) images.delete(String(id));
    const shown = state.get("image");
    const now = shown && images.get(String(shown.id));
    state.set({ images, ...(now ? { image: now } : {}) });
    if (now && now.revision !== state.get("particles")?.revision) loadParticles(now);
  }

  async function poll() {
    clearTimeout(timer);
    try {
      const { change, images, removed } = await api.changes(projectId, since);
      if (closed) return;
      since = change;
      take(images, removed);
      troubled = false;
    } catch (error) {
      if (closed) return;
      if (since === 0) throw error;
      if (!troubled) onTrouble(error);
      troubled = true;
    }
    const busy = [...state.get("images").values()].some(isBusy);
    timer = setTimeout(poll, busy ? BUSY_MS : CALM_MS);
  }

  async function loadParticles(image) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    if (image.status !== "measured") {
      state.set({ particles: null, edits: { edits: [], cursor: 0 }, selection: [] });
      return;
    }
    try {
      const [particles, edits] = await Promise.all([
        api.particles(projectId, image.id, signal),
        api.edits(projectId, image.id, signal),
      ]);
      if (!signal.aborted) state.set({ particles, edits });
    } catch (error) {
      if (error.name !== "AbortError" && !closed) onTrouble(error);
    }
  }

  /** Show an image, or none (null). */
  function show(imageId) {
    const image = imageId === null ? null : (state.get("images").get(String(imageId)) ?? null);
    if (image && image === state.get("image")) return;
    state.set({ ...nothingShown(), image });
    if (image) loadParticles(image);
  }

  async function change(answering) {
    const image = state.get("image");
    const { image: record, changed } = await answering(image);
    if (state.get("image")?.id === image.id) {
      const particles = state.get("particles");
      // The revision is told apart here, so that the next poll does not load all again.
      state.set({ particles: mergeParticles(particles, changed, record) });
      const edits = await api.edits(projectId, image.id);
      if (state.get("image")?.id === image.id) state.set({ edits });
    }
    take([record]);
    return record;
  }

  /** Undo or redo until so many edits hold. */
  async function goTo(cursor) {
    if (stepping) return;
    stepping = true;
    const image = state.get("image");
    try {
      while (state.get("image")?.id === image.id && state.get("edits").cursor !== cursor) {
        const before = state.get("edits").cursor;
        await change(({ id }) => (before > cursor ? api.undo : api.redo)(projectId, id));
        if (state.get("edits").cursor === before) break;
      }
    } finally {
      stepping = false;
    }
  }

  return {
    id: projectId,
    take,
    poll,
    show,
    edit: (edits) => change((image) => api.postEdits(projectId, image.id, edits)),
    undo: () => goTo(nextStop(state.get("edits"), -1)),
    redo: () => goTo(nextStop(state.get("edits"), 1)),
    goTo,

    /** Load particles and edits of an image again, after its outlines were replaced. */
    async reload(imageId) {
      const record = await api.getImage(projectId, imageId);
      take([record]);
      if (state.get("image")?.id === record.id) await loadParticles(record);
    },
    async cancelAll() {
      await api.cancel(projectId);
      await poll();
    },
    async loadSamples() {
      state.set({ samples: await api.listSamples(projectId) });
    },
    close() {
      closed = true;
      clearTimeout(timer);
      loading.abort();
      state.set(nothingShown());
    },
  };
}

function nothingShown() {
  return {
    image: null,
    particles: null,
    edits: { edits: [], cursor: 0 },
    selection: [],
    shownConfidence: null,
    shownDiameterMin: null,
    pointer: null,
  };
}
