// What the charts draw, from the particles of an image or the sizes of a sample; no page needed.

export const POWERS = { number: 0, area: 2, volume: 3 };

const NAMES = { circularity: "circularity", aspect: "aspect_ratio", shape: "shape" };

/**
 * Points of the counted particles of an image: {keys, size, area, circularity, aspect, shape}, arrays of the same
 * length. Keys are the ids of the particles.
 */
export function pointsOfPayload(payload, measurand) {
  const { columns, unit } = payload;
  const at = (name) => columns.indexOf(name);
  const places = {
    id: at("particle"),
    size: at(`${measurand}_${unit}`),
    area: at(unit === "nm" ? "area_nm2" : "area_px"),
    ...Object.fromEntries(Object.entries(NAMES).map(([name, column]) => [name, at(column)])),
  };
  const points = { keys: [], size: [], area: [], circularity: [], aspect: [], shape: [] };
  payload.rows.forEach((row, k) => {
    const size = row[places.size];
    if (payload.states[k] !== "counted" || !Number.isFinite(size)) return;
    points.keys.push(row[places.id]);
    points.size.push(size);
    for (const name of ["area", "circularity", "aspect", "shape"]) points[name].push(row[places[name]] ?? null);
  });
  return points;
}

/**
 * Points of a sample from `sizes` of the server's answer, [{size, image, particle}], and from the particles of its
 * images as far as they are there (`payloads`, by image). Keys are those of `keyOf`.
 */
export function pointsOfSizes(sizes, payloads = new Map()) {
  const points = { keys: [], size: [], area: [], circularity: [], aspect: [], shape: [] };
  const known = new Map([...payloads].map(([image, payload]) => {
    const found = pointsOfPayload(payload, "diameter_equivalent");
    return [image, { found, at: new Map(found.keys.map((id, k) => [id, k])) }];
  }));
  for (const { size, image, particle } of sizes) {
    const from = known.get(image);
    const k = from?.at.get(particle);
    points.keys.push(keyOf(image, particle));
    points.size.push(size);
    for (const name of ["area", "circularity", "aspect", "shape"]) points[name].push(from?.found[name][k] ?? null);
  }
  return points;
}

/** Key of a particle among those of several images, and back. */
export const keyOf = (image, particle) => `${image}:${particle}`;

export function readKey(key) {
  const [image, particle] = key.split(":").map(Number);
  return { image, particle };
}

/** How many values lie in each bin [edge, next edge); the last bin holds its upper edge too. */
export function countInBins(values, edges) {
  const counts = new Array(Math.max(edges.length - 1, 0)).fill(0);
  for (const value of values) {
    const bin = binOf(value, edges);
    if (bin >= 0) counts[bin] += 1;
  }
  return counts;
}

/** Bin of a value, -1 outside. */
export function binOf(value, edges) {
  const last = edges.length - 1;
  if (last < 1 || !(value >= edges[0]) || value > edges[last]) return -1;
  if (value === edges[last]) return last - 1;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value >= edges[middle]) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Edges that hold all values: the server's, continued with the width of its outer bins where an edit has brought
 * a smaller or larger particle.
 */
export function extendEdges(edges, values) {
  if (edges.length < 2) return edges;
  const ends = (list, find) => list.reduce((best, value) => find(best, value), list[0]);
  const all = [...edges];
  const low = ends(values, Math.min);
  const high = ends(values, Math.max);
  const [first, last] = [edges[1] - edges[0], edges.at(-1) - edges.at(-2)];
  const most = 50;
  // The server writes six digits of a size: the least and the largest may lie a little outside.
  const outside = (size, edge) => Math.abs(size - edge) > 1e-5 * Math.abs(edge);
  for (let k = 0; k < most && low < all[0] && outside(low, all[0]); k += 1) all.unshift(Math.max(0, all[0] - first));
  for (let k = 0; k < most && high > all.at(-1) && outside(high, all.at(-1)); k += 1) all.push(all.at(-1) + last);
  if (low < all[0]) all[0] = low;
  if (high > all.at(-1)) all[all.length - 1] = high;
  return all;
}

/** Share of each bin, weighed by size to the power of the basis. */
export function shareInBins(values, edges, basis) {
  const power = POWERS[basis];
  const shares = new Array(Math.max(edges.length - 1, 0)).fill(0);
  let total = 0;
  for (const value of values) {
    const weight = value ** power;
    total += weight;
    const bin = binOf(value, edges);
    if (bin >= 0) shares[bin] += weight;
  }
  return total > 0 ? shares.map((share) => share / total) : shares;
}

/** Steps of the cumulative distribution: [size, share of what is not larger], rising. */
export function cumulate(values, basis) {
  const power = POWERS[basis];
  const sorted = Float64Array.from(values).sort();
  let total = 0;
  for (const value of sorted) total += value ** power;
  let sum = 0;
  return Array.from(sorted, (value) => {
    sum += value ** power;
    return [value, sum / total];
  });
}

/** Even bins for a value that the server has no histogram of: Freedman and Diaconis 1981, at most `most`. */
export function evenEdges(values, most = 40) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return [];
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (!(high > low)) return [low - 0.5, low + 0.5];
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  const width = (2 * (at(0.75) - at(0.25))) / Math.cbrt(sorted.length) || (high - low) / 10;
  const count = Math.max(5, Math.min(most, Math.ceil((high - low) / width)));
  return Array.from({ length: count + 1 }, (_, k) => (k === count ? high : low + ((high - low) * k) / count));
}

/** Median of numbers that are there. */
export function median(values) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
