/** Edits that were made at once, such as an import of many outlines, are one step for the person who made them. */

/**
 * Put edits of one kind and one moment together.
 *
 * @param {Array<{edit: {kind: string}, at: string}>} edits in their order
 * @returns {Array<{first: number, last: number, entries: object[]}>} numbers from 1, both included
 */
export function groupEdits(edits) {
  const groups = [];
  edits.forEach((entry, at) => {
    const group = groups.at(-1);
    const before = group?.entries[0];
    if (before && before.at === entry.at && before.edit.kind === entry.edit.kind) {
      group.last = at + 1;
      group.entries.push(entry);
    } else {
      groups.push({ first: at + 1, last: at + 1, entries: [entry] });
    }
  });
  return groups;
}

/**
 * How many edits hold after one step back or forward; edits made at the same moment go together.
 *
 * @param {{edits: object[], cursor: number}} history
 * @param {-1|1} direction
 * @returns {number} the cursor itself where there is no such step
 */
export function nextStop({ edits, cursor }, direction) {
  if (direction < 0 ? cursor === 0 : cursor >= edits.length) return cursor;
  const moment = edits[direction < 0 ? cursor - 1 : cursor].at;
  let to = cursor + direction;
  while (to > 0 && to < edits.length && edits[direction < 0 ? to - 1 : to].at === moment) to += direction;
  return to;
}
