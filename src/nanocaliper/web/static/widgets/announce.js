/** Telling screen readers what happened. */

let pending = 0;

/** Say a sentence; the same sentence twice is said twice. */
export function announce(sentence) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  clearTimeout(pending);
  pending = setTimeout(() => {
    region.textContent = sentence;
  }, 60);
}
