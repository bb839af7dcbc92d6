// Keys of the viewer: what they do is in commands.js, the words are in texts/viewer.js.

/** [command, keys as shown]; also the order of the keyboard help. */
export const SHORTCUTS = [
  ["select", "V"], ["lasso", "L"], ["hand", "H"], ["polygon", "P"], ["freehand", "F"], ["ellipse", "E"],
  ["split", "S"], ["merge", "M"], ["repaint", "R"], ["exclude", "X"], ["setClass", "C"],
  ["remove", "Delete"], ["restore", "Shift+Delete"], ["selectAll", "Ctrl+A"],
  ["next", "N"], ["previous", "Shift+N"], ["neighbour", "Shift+Arrows"], ["details", "D"],
  ["zoomIn", "+"], ["zoomOut", "-"], ["fit", "0"], ["oneToOne", "1"], ["pan", "Arrows"],
  ["ids", "I"], ["leftOut", "G"], ["raw", "O"], ["compare", "K"], ["window", "W"],
  ["cancel", "Escape"], ["finish", "Enter"], ["takeBack", "Backspace"], ["setPoint", "Space"],
];

const NAMED = { Delete: "Delete", "+": "+", "=": "+", "-": "-", _: "-", Escape: "Escape" };

/** The command of a key press, or null. */
export function commandOf(event) {
  const control = event.ctrlKey || event.metaKey;
  if (event.altKey) return null;
  const key = NAMED[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  // Shift is part of how "+" is typed.
  const shift = event.shiftKey && key !== "+";
  const written = `${control ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${key}`;
  return SHORTCUTS.find(([, keys]) => keys === written)?.[0] ?? null;
}

export function keysOf(command) {
  return SHORTCUTS.find(([name]) => name === command)?.[1] ?? "";
}
