/** Keys of the page. Those of the viewer are its own. */

const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]";

/**
 * Listen for keys until what comes back is called.
 *
 * @param {Object<string, function(KeyboardEvent): void>} keys by "ctrl+shift+z", "?", "f2"; ctrl is ⌘ on a Mac
 * @returns {function(): void}
 */
export function listenForKeys(keys) {
  const listener = (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const run = keys[nameOfKey(event)];
    if (!run || event.target.closest?.(TYPING)) return;
    event.preventDefault();
    run(event);
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

function nameOfKey(event) {
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  // Shift already shows in '?' and other signs; letters need it said.
  const shift = event.shiftKey && (command || key.length > 1);
  return [command && "ctrl", event.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}
