// What happens, as it happens.

import { h } from "./dom.js";
import { plural, second, tail } from "./format.js";
import { changed } from "./store.js";
import { button, empty, mark, nameOf, outcomeText } from "./ui.js";
import { taskLink } from "./router.js";
import { virtual } from "./virtual.js";

/** How many are kept: what is older is in the journal. */
const most = 5000;
const kinds = [
  ["TASK_CREATED", "Created"],
  ["TASK_STARTED", "Started"],
  ["TASK_UPDATED", "Updated"],
  ["TASK_COMPLETED", "Done"],
  ["TASK_FAILED", "Failed"],
  ["TASK_DELETED", "Deleted"],
  ["AGENT", "Agent"],
];
const names = Object.fromEntries(kinds);

const list = virtual();
const view = { hidden: new Set(), text: "", frozen: null, missed: 0 };
let events = [];
let shown = { key: "", list: [] };
let version = 0;
/** What the agent of a task was last seen doing. */
const lastSteps = new Map();
let nextKey = 1;

export function note(event) {
  push({
    kind: event.event,
    at: Date.parse(event.time) / 1000,
    id: event.task_id,
    name: event.task_name,
    status: event.status,
    text: textOf(event),
    verdict: /COMPLETED|FAILED/.test(event.event) ? event.task?.verdict : null,
  });
}

/** What there is to say of it beside its kind. The task is as it is now: what is told of it must be of that moment. */
function textOf({ event, status, task }) {
  if (!task) return "";
  if (event === "TASK_CREATED") return `${task.origin ? `by ${task.origin}, ` : ""}in ${tail(task.workspace)}`;
  if (event === "TASK_UPDATED" && status === "waiting")
    return task.asks.map((ask) => [ask.permission ?? ask.kind, ...(ask.patterns ?? [])].join(" ")).join("; ");
  if (/COMPLETED|FAILED/.test(event)) return outcomeText(task);
  return "";
}

/** What an agent does, where it is another thing than before. */
export function step(task) {
  const seen = task.activity;
  if (!seen) return;
  const step = `${seen.steps} ${seen.tool ?? ""} ${seen.message ?? ""}`;
  if (lastSteps.get(task.id) === step) return;
  lastSteps.set(task.id, step);
  if (lastSteps.size > 500) lastSteps.delete(lastSteps.keys().next().value);
  push({
    kind: "AGENT",
    at: Date.parse(seen.updated) / 1000 || task.updated_at,
    id: task.id,
    name: task.name,
    status: "running",
    tool: seen.tool,
    text: seen.message ?? "",
  });
}

function push(event) {
  event.key = nextKey++;
  events.push(event);
  version++;
  if (events.length > most * 1.2) events = events.slice(-most);
  if (view.frozen) view.missed++;
}

function fitting() {
  const from = view.frozen ?? events;
  const key = `${view.frozen ? "frozen" : version} ${[...view.hidden]} ${view.text}`;
  if (shown.key === key) return shown.list;
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (let i = from.length - 1; i >= 0; i--) {
    const e = from[i];
    if (view.hidden.has(e.kind)) continue;
    if (
      words.length &&
      !words.every((w) =>
        `${e.name} ${e.text} ${e.status} ${e.verdict ?? ""} ${e.tool ?? ""}`.toLowerCase().includes(w),
      )
    )
      continue;
    found.push(e);
  }
  shown = { key, list: found };
  return found;
}

function freeze() {
  view.frozen = view.frozen ? null : events.slice();
  view.missed = 0;
  changed();
}

const wordOf = (e) =>
  e.kind === "TASK_COMPLETED" || e.kind === "TASK_FAILED"
    ? (e.verdict ?? e.status)
    : e.kind === "TASK_CREATED"
      ? "pending"
      : e.kind === "TASK_DELETED"
        ? "deleted"
        : e.status;

export function activity() {
  const found = fitting();
  return h(
    "div.page.activity",
    h(
      "div.bar",
      h("h1", "Activity"),
      h(
        "div.search",
        h("input", {
          type: "search",
          id: "search",
          placeholder: "Words of task or text",
          "aria-label": "Filter activity",
          value: view.text,
          oninput: (event) => {
            view.text = event.target.value;
            changed();
          },
        }),
      ),
      button(view.frozen ? `Go on${view.missed ? ` (${view.missed} new)` : ""}` : "Pause", freeze, {
        kind: view.frozen ? "primary" : "",
        "aria-pressed": String(!!view.frozen),
      }),
    ),
    h(
      "div.chips",
      { role: "group", "aria-label": "Kinds of events" },
      kinds.map(([kind, label]) =>
        h(
          "button.chip",
          {
            type: "button",
            "aria-pressed": String(!view.hidden.has(kind)),
            onclick: () => {
              view.hidden.has(kind) ? view.hidden.delete(kind) : view.hidden.add(kind);
              changed();
            },
          },
          label,
        ),
      ),
    ),
    found.length
      ? h(
          "div.tablelike",
          list.view(found.length, 44, (i) => row(found[i]), { label: "Events, newest first" }),
          h(
            "p.foot",
            `${plural(found.length, "event")}${events.length >= most ? "; older ones are in the journal" : ""}`,
          ),
        )
      : empty(
          events.length ? "No event fits" : "Nothing has happened yet",
          events.length
            ? "Switch more kinds on, or look for other words."
            : "Whatever becomes true of a task appears here at once, whoever did it.",
        ),
  );
}

const row = (e) => ({
  key: e.key,
  props: { class: "event" },
  content: [
    h(
      "time.clock",
      { datetime: new Date(e.at * 1000).toISOString(), title: new Date(e.at * 1000).toLocaleString() },
      second(e.at),
    ),
    h(
      "span.kind",
      mark(wordOf(e)),
      h(
        "span",
        e.kind === "AGENT"
          ? (e.tool ?? "says")
          : e.kind === "TASK_UPDATED" || e.verdict
            ? nameOf(wordOf(e))
            : names[e.kind],
      ),
    ),
    e.kind === "TASK_DELETED" ? h("span.name", e.name) : h("a.name", { href: taskLink(e.id) }, e.name),
    h("span.what", e.text),
  ],
});
