/** Light or dark: as the system says until the user chooses. */

const KEY = "nanocaliper.theme";

export const currentTheme = () => document.documentElement.dataset.theme;

/** Put a theme on, and remember it. */
export function setTheme(theme, state) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Not remembered where storage is forbidden.
  }
  state.set({ theme });
}

/** Follow the system while the user has not chosen. */
export function followSystem(state) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    let chosen = null;
    try {
      chosen = localStorage.getItem(KEY);
    } catch {
      chosen = null;
    }
    if (chosen) return;
    const theme = event.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
    state.set({ theme });
  });
}
