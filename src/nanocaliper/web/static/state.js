/** A small store: named values, and who wants to know when one changes. */

/**
 * @param {object} initial
 * @returns {{get: function(string): any, set: function(object): void,
 *   on: function(string|string[], function): function(): void}}
 */
export function createStore(initial = {}) {
  const values = new Map(Object.entries(initial));
  const listeners = new Set();

  return {
    get: (key) => values.get(key),

    /** Set values; those who listen hear of the ones that changed, once for each call. */
    set(changes) {
      const changed = new Set();
      for (const [key, value] of Object.entries(changes)) {
        if (!Object.is(values.get(key), value)) {
          values.set(key, value);
          changed.add(key);
        }
      }
      if (changed.size === 0) return;
      for (const listener of [...listeners]) {
        const first = listener.keys.find((key) => changed.has(key));
        if (first !== undefined && listeners.has(listener)) listener.run(values.get(first));
      }
    },

    /** Run `run(value)` whenever one of `keys` changes; call what comes back to stop. */
    on(keys, run) {
      const listener = { keys: [keys].flat(), run };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
