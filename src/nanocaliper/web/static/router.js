/** Addresses after the #: which page is shown. */

const ROUTES = [
  { name: "projects", pattern: /^\/?$/ },
  { name: "project", pattern: /^\/project\/([^/]+)$/, keys: ["project"] },
  { name: "project", pattern: /^\/project\/([^/]+)\/image\/([^/]+)$/, keys: ["project", "image"] },
  { name: "results", pattern: /^\/project\/([^/]+)\/results$/, keys: ["project"] },
];

export const address = {
  projects: () => "#/",
  project: (project) => `#/project/${encodeURIComponent(project)}`,
  image: (project, image) => `#/project/${encodeURIComponent(project)}/image/${encodeURIComponent(image)}`,
  results: (project) => `#/project/${encodeURIComponent(project)}/results`,
};

/**
 * Read an address.
 *
 * @param {string} hash "#/project/3/image/7"
 * @returns {{name: string, project: string|null, image: string|null}} the list of projects for what is unknown
 */
export function readAddress(hash) {
  const path = hash.replace(/^#/, "");
  for (const { name, pattern, keys = [] } of ROUTES) {
    const found = pattern.exec(path);
    const parts = found && decode(found.slice(1));
    if (parts) return { name, project: null, image: null, ...Object.fromEntries(keys.map((key, at) => [key, parts[at]])) };
  }
  return { name: "projects", project: null, image: null };
}

function decode(parts) {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    // A stray per cent sign.
    return null;
  }
}

/** Tell `show` of this address and of every later one. */
export function startRouter(show) {
  window.addEventListener("hashchange", () => show(readAddress(location.hash)));
  show(readAddress(location.hash));
}

/** Go to an address; `replace` leaves no step back. */
export function go(to, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", to);
  else location.hash = to;
  if (replace) window.dispatchEvent(new HashChangeEvent("hashchange"));
}
