/** Every call of the server. Nothing else in the page uses fetch. */

/** What the server said was wrong, in one sentence. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

// The server takes a change only with this header, which a page of another origin cannot send.
const OWN = { "X-Nanocaliper": "1" };

/**
 * @param {{unreachable: string, failed: function(number): string}} sentences for when the server says nothing
 */
export function createApi(sentences) {
  async function call(method, path, { json, form, query, signal } = {}) {
    const headers = { Accept: "application/json", ...OWN };
    let body = form;
    if (json !== undefined) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(json);
    }
    let answer;
    try {
      answer = await fetch(withQuery(path, query), { method, headers, body, signal, credentials: "same-origin" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(sentences.unreachable, 0);
    }
    return read(answer.status, await answer.text());
  }

  function read(status, text) {
    let content = null;
    try {
      content = text ? JSON.parse(text) : null;
    } catch {
      content = null;
    }
    if (status >= 200 && status < 300) return content;
    throw new ApiError(content?.error ?? sentences.failed(status), status);
  }

  /** Send a form; fetch tells nothing of how far an upload is, so XMLHttpRequest. */
  function send(path, form, { onProgress, signal } = {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      for (const [name, value] of Object.entries(OWN)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress?.(event.loaded / event.total);
      });
      request.addEventListener("load", () => {
        try {
          resolve(read(request.status, request.responseText));
        } catch (error) {
          reject(error);
        }
      });
      request.addEventListener("error", () => reject(new ApiError(sentences.unreachable, 0)));
      request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      signal?.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  const get = (path, query, signal) => call("GET", path, { query, signal });
  const post = (path, json = {}) => call("POST", path, { json });
  const put = (path, json) => call("PUT", path, { json });
  const patch = (path, json) => call("PATCH", path, { json });
  const remove = (path) => call("DELETE", path);

  const P = (project) => `/api/projects/${encodeURIComponent(project)}`;
  const S = (project, sample) => `${P(project)}/samples/${encodeURIComponent(sample)}`;
  const I = (project, image) => `${P(project)}/images/${encodeURIComponent(image)}`;

  return {
    about: () => get("/api/about"),

    listProjects: (deleted = false) => get("/api/projects", deleted ? { deleted: 1 } : {}),
    createProject: (name) => post("/api/projects", { name }),
    getProject: (project) => get(P(project)),
    renameProject: (project, name) => patch(P(project), { name }),
    removeProject: (project) => remove(P(project)),
    restoreProject: (project) => post(`${P(project)}/restore`),
    duplicateProject: (project) => post(`${P(project)}/duplicate`),
    archiveUrl: (project) => `${P(project)}/archive`,
    importProject: (file, options) => send("/api/projects/import", formOf({ file }), options),

    listSamples: (project) => get(`${P(project)}/samples`),
    addSample: (project, name, notes = {}) => post(`${P(project)}/samples`, { name, notes }),
    changeSample: (project, sample, changes) => patch(S(project, sample), changes),
    removeSample: (project, sample) => remove(S(project, sample)),
    restoreSample: (project, sample) => post(`${S(project, sample)}/restore`),
    sampleStatistics: (project, sample, query, signal) => get(`${S(project, sample)}/statistics`, query, signal),
    figureUrl: (project, sample, name, kind) => `${S(project, sample)}/figures/${encodeURIComponent(name)}.${kind}`,

    listImages: (project) => get(`${P(project)}/images`),
    upload: (project, files, { sample, settings, ...options }) =>
      send(
        `${P(project)}/images`,
        formOf({ files, sample, settings: settings && JSON.stringify(settings) }),
        options,
      ),
    addExamples: (project) => post(`${P(project)}/examples`),
    changes: (project, since, signal) => get(`${P(project)}/changes`, { since }, signal),
    measure: (project, images = null) => post(`${P(project)}/measure`, { images }),
    cancel: (project, images = null) => post(`${P(project)}/cancel`, { images }),

    getImage: (project, image) => get(I(project, image)),
    changeImage: (project, image, changes) => patch(I(project, image), changes),
    removeImage: (project, image) => remove(I(project, image)),
    restoreImage: (project, image) => post(`${I(project, image)}/restore`),
    putSettings: (project, image, settings) => put(`${I(project, image)}/settings`, settings),
    putScale: (project, image, scale) => put(`${I(project, image)}/scale`, scale),
    picture: (project, image, signal) => get(`${I(project, image)}/picture`, {}, signal),
    tileUrl: (project, image, level, row, col, low, high) =>
      withQuery(`${I(project, image)}/picture/${level}/${row}/${col}.png`, { low, high }),
    thumbnailUrl: (project, image, revision) => withQuery(`${I(project, image)}/thumbnail.png`, { revision }),
    particles: (project, image, signal) => get(`${I(project, image)}/particles`, {}, signal),
    imageStatistics: (project, image, query, signal) => get(`${I(project, image)}/statistics`, query, signal),
    imageFileUrl: (project, image, name) => `${I(project, image)}/${name}`,

    edits: (project, image, signal) => get(`${I(project, image)}/edits`, {}, signal),
    postEdits: (project, image, edits) => post(`${I(project, image)}/edits`, edits),
    undo: (project, image) => post(`${I(project, image)}/undo`),
    redo: (project, image) => post(`${I(project, image)}/redo`),
    importOutlines: (project, image, file, options) => send(`${I(project, image)}/import`, formOf({ file }), options),

    comparison: (project, samples, query = {}, signal) =>
      get(`${P(project)}/comparison`, { samples: samples.join(","), ...query }, signal),
    comparisonFigureUrl: (project, samples, kind) =>
      withQuery(`${P(project)}/comparison.${kind}`, { samples: samples.join(",") }),
    reportUrl: (project, kind, samples = []) =>
      withQuery(`${P(project)}/report.${kind}`, { samples: samples.join(",") || null }),
    exportUrl: (project, format, image = null) =>
      `${image === null ? P(project) : I(project, image)}/export/${encodeURIComponent(format)}`,
    trainingSetUrl: (project) => `${P(project)}/training-set.zip`,
  };
}

function withQuery(path, query = {}) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function formOf(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) form.append(name, one);
    }
  }
  return form;
}
