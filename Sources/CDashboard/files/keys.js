// Keyboard shortcuts, and the page that lists them.

import { h } from "./dom.js";
import { changed, store } from "./store.js";
import { dialog } from "./ui.js";

export const list = [
  ["g o", "Overview"],
  ["g t", "Tasks"],
  ["g a", "Activity"],
  ["g c", "Schedules (the clock)"],
  ["g s", "Sessions"],
  ["g w", "Webhooks"],
  ["g u", "Usage"],
  ["n", "New task"],
  ["/", "Search tasks"],
  ["j  k", "Next, previous task"],
  ["Enter", "Open the task"],
  ["x", "Select the task"],
  ["Esc", "Close what is open"],
  ["?", "This list"],
];

let leader = 0;

/** `keys` by their name: functions that say whether they took it. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    const isTyping = target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select");
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (isTyping) target.blur();
      else if (actions.escape()) event.preventDefault();
      return;
    }
    if (isTyping) return;
    const name = Date.now() - leader < 1200 ? `g ${event.key}` : event.key;
    leader = event.key === "g" ? Date.now() : 0;
    if (actions[name]?.(event)) event.preventDefault();
  });
}

export function help() {
  const close = () => {
    store.dialog = null;
    changed();
  };
  return dialog(
    "keys",
    "Keyboard",
    close,
    h(
      "dl.keys",
      list.map(([key, what]) =>
        h(
          "div",
          h(
            "dt",
            key
              .split(" ")
              .filter(Boolean)
              .map((k) => h("kbd", k)),
          ),
          h("dd", what),
        ),
      ),
    ),
  );
}
