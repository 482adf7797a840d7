// Pieces that all views are made of.

import { h } from "./dom.js";
import { ago, moment, money, compact, plural, seconds } from "./format.js";
import { changed, now, store, toast } from "./store.js";

/** How a state or an ending looks and is called: never by its colour alone. */
const kinds = {
  pending: ["new", "Waits to start", "ring"],
  paused: ["new", "Held", "bars"],
  running: ["run", "Running", "half"],
  waiting: ["ask", "Asks you", "diamond"],
  verified: ["good", "Verified", "check"],
  changed: ["good", "Changed", "dot"],
  unchanged: ["calm", "Unchanged", "dash"],
  unverified: ["bad", "Unverified", "cross"],
  error: ["bad", "Error", "cross"],
  cancelled: ["calm", "Cancelled", "slash"],
  timeout: ["bad", "Timed out", "clock"],
  stalled: ["bad", "Stalled", "clock"],
  budget: ["bad", "Over budget", "cross"],
  interrupted: ["bad", "Interrupted", "gap"],
  invalid: ["bad", "Invalid", "cross"],
  completed: ["good", "Done", "dot"],
  failed: ["bad", "Failed", "cross"],
  archived: ["calm", "Archived", "dash"],
  deleted: ["calm", "Deleted", "slash"],
};

/** The word that says most about a task. */
export const wordOf = (task) => task.verdict ?? (task.hold ? "paused" : task.status);
export const toneOf = (word) => (kinds[word] ?? kinds.pending)[0];
export const nameOf = (word) => (kinds[word] ?? [0, word])[1];

const shapes = {
  ring: ["circle", { cx: 8, cy: 8, r: 5 }],
  bars: ["path", { d: "M5.5 4v8M10.5 4v8" }],
  half: ["path", { d: "M8 3a5 5 0 1 1-5 5" }],
  diamond: ["path", { d: "M8 2.2 13.8 8 8 13.8 2.2 8Z", class: "full" }],
  check: ["path", { d: "m3 8.5 3.3 3.3L13 4.8" }],
  dot: ["circle", { cx: 8, cy: 8, r: 4.2, class: "full" }],
  dash: ["path", { d: "M3.5 8h9" }],
  cross: ["path", { d: "m4 4 8 8m0-8-8 8" }],
  slash: ["path", { d: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3ZM4.6 11.4l6.8-6.8" }],
  clock: ["path", { d: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3Zm0 2v3.2l2 1.4" }],
  gap: ["path", { d: "M2.5 8h3.2M10.3 8h3.2M7 4.5l-1 7M10 4.5l-1 7" }],
};

export function mark(word) {
  const [tone, , shape] = kinds[word] ?? kinds.pending;
  const [tag, props] = shapes[shape];
  return h(
    "svg",
    { class: `mark ${tone} ${shape}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
    h(tag, { ...props }),
  );
}

/** The mark with its name. */
export const verdict = (task) => {
  const word = wordOf(task);
  return h(`span.verdict.${toneOf(word)}`, mark(word), h("span", nameOf(word)));
};

/** A moment, as how long ago it is; exactly when one asks. */
export function when(value, prefix = "") {
  const at = seconds(value);
  if (!at) return null;
  return h("time", { datetime: new Date(at * 1000).toISOString(), title: moment(at) }, prefix + ago(now() - at));
}

const icons = {
  overview: "M3 13V8m5 5V3m5 10V6",
  tasks: "M3 4h10M3 8h10M3 12h6",
  activity: "M2 8h3l2-5 3 10 2-5h2",
  schedules: "M3.5 4h9v9h-9ZM3.5 7h9M6 2.5V5M10 2.5V5",
  sessions: "M3 4h10v7H8l-3 2.5V11H3Z",
  webhooks: "M5 11 8 5.5 11 11M4 11h8M8 5.5V3",
  usage: "M8 3v5l3.5 2.5M8 3a5 5 0 1 0 5 5",
  plus: "M8 3v10M3 8h10",
  close: "m4 4 8 8m0-8-8 8",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm3 7 3.5 3.5",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  back: "M9.5 3.5 5 8l4.5 4.5",
  folder: "M2.5 4h4l1.5 2h5.5v6.5h-11Z",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z",
  theme: "M8 2.5v11a5.5 5.5 0 0 0 0-11Zm0 0a5.5 5.5 0 0 0 0 11",
  keys: "M2.5 4.5h11v7h-11ZM5 9.5h6M5 7h.01M8 7h.01M11 7h.01",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "m5 3.5 7 4.5-7 4.5Z",
  open: "M6 4h6v6M12 4l-8 8",
};

export const icon = (name) =>
  h("svg.icon", { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: icons[name] }));

export const button = (label, onclick, { kind = "", disabled = false, title, name, ...rest } = {}) =>
  h("button", { type: "button", class: kind, onclick, disabled, title, "aria-label": name, ...rest }, label);

export const iconButton = (name, label, onclick, rest = {}) =>
  h("button.bare", { type: "button", "aria-label": label, title: label, onclick, ...rest }, icon(name));

/** Nothing to show: says so, and what one could do. */
export const empty = (title, text, ...more) => h("div.empty", h("p.title", title), text && h("p", text), ...more);

/** While something is loaded for the first time. */
export const skeleton = (lines = 5) =>
  h(
    "div.skeleton",
    { "aria-busy": "true", "aria-label": "Loading" },
    Array.from({ length: lines }, () => h("div")),
  );

export const failure = (error, again) =>
  h(
    "div.empty.failure",
    { role: "alert" },
    h("p.title", error.status ? "That did not work" : "The daemon does not answer"),
    h("p", error.status ? error.message : "What is here will be read again as soon as it does."),
    button("Try again", again),
  );

/** `complete` and `noChange` in words. */
export const claimOf = (marker) =>
  marker === "complete" ? "says done" : marker === "noChange" ? "says no change needed" : "ended without a claim";

/** Whether what was claimed is not what was found. */
export function disagrees(outcome) {
  if (!outcome) return false;
  const { claim, changed, checks } = outcome;
  if (checks && checks.passed < checks.total) return claim === "complete";
  return claim && claim !== "complete" && changed > 0;
}

export function factOf(outcome) {
  if (!outcome) return null;
  const parts = [];
  if (outcome.checks) parts.push(`${outcome.checks.passed}/${outcome.checks.total} checks passed`);
  if (outcome.changed !== null && outcome.changed !== undefined)
    parts.push(outcome.changed ? `${plural(outcome.changed, "file")} changed` : "nothing changed");
  return parts.join(", ") || null;
}

/** Claim beside fact as a text. */
export function outcomeText(task) {
  const fact = factOf(task.outcome);
  if (!fact || hasReason(task)) return task.reason || task.error || "";
  return `${claimOf(task.outcome.claim)} ${disagrees(task.outcome) ? "≠" : "="} ${fact}`;
}

const hasReason = (task) => task.state === "failed" && task.verdict !== "unverified" && task.reason;

/** Claim beside fact in a line. */
export function outcome(task) {
  const found = task.outcome;
  const fact = factOf(found);
  if (!fact || hasReason(task)) return task.reason || task.error || "";
  const isOff = disagrees(found);
  return h(
    "span.outcome",
    { class: isOff ? "off" : "" },
    claimOf(found.claim),
    h("span.relation", { "aria-label": isOff ? ", but on disk: " : ", on disk: " }, isOff ? " ≠ " : " = "),
    fact,
  );
}

export const usage = (tokens, cost) =>
  tokens ? h("span.figures", `${compact(tokens)} tok`, cost ? ` · ${money(cost)}` : "") : null;

/** A question before something that can't be undone. Resolves to whether it is wanted. */
export function confirm(title, text, label) {
  return new Promise((resolve) => {
    store.dialog = { kind: "confirm", title, text, label, resolve };
    changed();
  });
}

/** A modal dialog, with the focus where it was afterwards. Without `close` it has to be filled in. */
export function dialog(name, title, close, body, { kind = "" } = {}) {
  let before;
  return h(
    "dialog",
    {
      class: kind,
      key: name,
      "aria-label": title,
      mount(el) {
        before = document.activeElement;
        el.showModal();
        (el.querySelector("[autofocus]") ?? el.querySelector("h2")).focus();
      },
      unmount() {
        before?.isConnected && before.focus();
      },
      oncancel(event) {
        event.preventDefault();
        close?.();
      },
      onclick(event) {
        if (event.target === event.currentTarget) close?.();
      },
    },
    h("div.sheet", h("header", h("h2", { tabindex: -1 }, title), close && iconButton("close", "Close", close)), body),
  );
}

/** Copies, and says so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS, browsers have this on the loopback alone.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(`${what} copied`);
}
