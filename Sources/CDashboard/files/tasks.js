// The list of tasks: filters, pages, and which are selected.

import { fault, get, query } from "./api.js";
import { actionsOf, labelOf, run, runAll } from "./deeds.js";
import { h } from "./dom.js";
import { clock, compact, number, plural, tail } from "./format.js";
import { can, changed, keep, now, store } from "./store.js";
import { button, empty, failure, icon, mark, nameOf, outcome, skeleton, toneOf, usage, when, wordOf } from "./ui.js";
import { go, here, link, route, taskLink } from "./router.js";
import { virtual } from "./virtual.js";

const states = [
  ["", "All"],
  ["new", "New"],
  ["running", "Running"],
  ["waiting", "Asking"],
  ["done", "Done"],
  ["failed", "Failed"],
  ["archived", "Archived"],
];
const verdicts = [
  "verified",
  "changed",
  "unchanged",
  "unverified",
  "error",
  "cancelled",
  "timeout",
  "stalled",
  "budget",
  "interrupted",
  "invalid",
];
const page = 200;

const list = virtual();
const view = { key: null, ids: [], cursor: null, isLoading: false, isWhole: false, error: null, unseen: 0, active: -1 };
let workspaces = [];
let controller = null;
let typing = 0;

const filters = () => {
  const p = route.params;
  return {
    state: p.get("state") ?? "",
    q: p.get("q") ?? "",
    verdict: p.get("verdict") ?? "",
    workspace: p.get("workspace") ?? "",
    origin: p.get("origin") ?? "",
    sort: p.get("sort") ?? "",
  };
};
const keyOf = (f) => JSON.stringify(f);

function asked(f) {
  return { ...f, archived: f.state === "archived" ? 1 : undefined };
}

/** Reads the first page of what the filters say. */
export async function load() {
  const f = filters();
  view.key = keyOf(f);
  controller?.abort();
  controller = new AbortController();
  Object.assign(view, { ids: view.ids, cursor: null, isLoading: true, isWhole: false, error: null, unseen: 0 });
  changed();
  try {
    const answer = await get("/api/tasks" + query({ ...asked(f), limit: page, view: "brief" }), {
      signal: controller.signal,
    });
    view.ids = [];
    add(answer);
    view.isLoading = false;
    if (!view.ids.length && view.cursor) more();
  } catch (error) {
    if (error.name === "AbortError") return;
    view.error = error;
    view.isLoading = false;
  }
  changed();
}

function add(answer) {
  const known = new Set(view.ids);
  for (const task of answer.tasks) {
    keep(task);
    if (!known.has(task.id)) view.ids.push(task.id);
  }
  view.cursor = answer.next_cursor;
  view.isWhole = !answer.next_cursor;
}

async function more() {
  if (view.isLoading || !view.cursor || view.error) return;
  view.isLoading = true;
  changed();
  try {
    const f = JSON.parse(view.key);
    // A page can be empty where few fit: it is gone on until one does, or the end is there.
    const own = controller;
    const before = view.ids.length;
    while (view.cursor && view.ids.length === before) {
      add(
        await get(`/api/tasks${query({ ...asked(f), limit: page, view: "brief", cursor: view.cursor })}`, {
          signal: own.signal,
        }),
      );
    }
  } catch (error) {
    if (error.name !== "AbortError") fault(error);
  }
  view.isLoading = false;
  changed();
}

const isIn = (task, state) =>
  state === ""
    ? !task.archived
    : state === "archived"
      ? task.archived
      : !task.archived && (state === "waiting" ? task.status === "waiting" : task.state === state);

/** What became true of a task, for the list that is shown. */
export function note(event) {
  if (view.key === null) return;
  const f = JSON.parse(view.key);
  const task = event.task;
  const at = view.ids.indexOf(event.task_id);
  if (!task || !isIn(task, f.state)) {
    if (at >= 0 && (!task || f.state)) {
      view.ids.splice(at, 1);
      store.selection.delete(event.task_id);
    }
    return;
  }
  if (at >= 0) return;
  const fits =
    !f.q &&
    (!f.verdict || f.verdict.split(",").includes(task.verdict)) &&
    (!f.origin || task.origin === f.origin) &&
    (!f.workspace || task.workspace === f.workspace || task.workspace.startsWith(f.workspace + "/"));
  if (f.q || f.sort) view.unseen++;
  else if (fits) insert(task);
}

/** Newest first; those further down than what has been read come with their page. */
function insert(task) {
  let i = 0;
  while (i < view.ids.length && (store.tasks.get(view.ids[i])?.created_at ?? 0) > task.created_at) i++;
  if (i < view.ids.length || view.isWhole) view.ids.splice(i, 0, task.id);
}

export function move(step) {
  if (route.view !== "tasks" || !view.ids.length) return false;
  view.active = Math.max(0, Math.min(view.ids.length - 1, view.active + step));
  list.show(view.active, rowHeight());
  changed();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.querySelector(`[data-row="${CSS.escape(view.ids[view.active])}"] a`)?.focus()),
  );
  return true;
}

export function toggleActive() {
  const id = view.ids[view.active];
  if (route.view !== "tasks" || !id) return false;
  select(id, !store.selection.has(id));
  return true;
}

function select(id, on) {
  on ? store.selection.add(id) : store.selection.delete(id);
  changed();
}

const rowHeight = () => (document.querySelector("main")?.clientWidth < 620 ? 76 : 56);

export async function readWorkspaces() {
  try {
    workspaces = (await get("/api/recent-workspaces")).workspaces;
    changed();
  } catch {
    /* The picker is empty then. */
  }
  return workspaces;
}
export const recent = () => workspaces;

export function tasks() {
  const f = filters();
  if (view.key !== keyOf(f)) {
    view.ids = [];
    view.active = -1;
    store.selection.clear();
    queueMicrotask(load);
    view.key = keyOf(f);
    view.isLoading = true;
    if (!workspaces.length) readWorkspaces();
  }
  const counts = store.overview?.states;
  const total = {
    "": counts && Object.values(counts).reduce((a, s) => a + s.count, 0),
    new: counts?.new.count,
    running: counts?.running.count,
    done: counts?.done.count,
    failed: counts?.failed.count,
  };
  const isFiltered = f.q || f.verdict || f.workspace || f.origin;
  return h(
    "div.page.tasks",
    h(
      "div.bar",
      h("h1", "Tasks"),
      h(
        "div.search",
        icon("search"),
        h("input", {
          type: "search",
          id: "search",
          placeholder: "Words of name or goal",
          "aria-label": "Search tasks",
          value: f.q,
          maxlength: 200,
          oninput: (event) => {
            clearTimeout(typing);
            const text = event.target.value;
            typing = setTimeout(() => go(here({ q: text }), true), 200);
          },
        }),
      ),
      choose(
        "Verdict",
        "verdict",
        f.verdict,
        verdicts.map((v) => [v, nameOf(v)]),
      ),
      choose(
        "Workspace",
        "workspace",
        f.workspace,
        [...new Set([f.workspace, ...workspaces])].filter(Boolean).map((w) => [w, tail(w)]),
      ),
      choose(
        "Order",
        "sort",
        f.sort,
        [
          ["created", "Oldest first"],
          ["-updated", "Last changed"],
        ],
        "Newest",
      ),
      (isFiltered || f.sort) && h("a.textual", { href: link("tasks", { state: f.state }) }, "Clear"),
    ),
    h(
      "div.segments",
      { role: "group", "aria-label": "State" },
      states.map(([state, label]) =>
        h(
          "a",
          { href: here({ state, task: null }), "aria-current": f.state === state ? "true" : null },
          label,
          total[state] !== undefined && !isFiltered && h("span.count", compact(total[state])),
        ),
      ),
    ),
    store.selection.size > 0 && bulkBar(f),
    view.unseen > 0 &&
      h("button.pill", { type: "button", onclick: load }, `${plural(view.unseen, "change")} since; read again`),
    body(f, isFiltered),
  );
}

function choose(label, name, value, options, none = label) {
  return h(
    "select",
    { "aria-label": label, value, onchange: (event) => go(here({ [name]: event.target.value }), true) },
    h("option", { value: "" }, none),
    options.map(([key, text]) => h("option", { key, value: key }, text)),
  );
}

/** The filters as the API takes them; all tasks where there are none. */
function bulkFilter(f) {
  const set = Object.entries(asked(f)).filter(([name, value]) => value && name !== "sort");
  return set.length
    ? Object.fromEntries(set.map(([name, value]) => [name, String(value)]))
    : { state: "new,running,done,failed" };
}

function bulkBar(f) {
  const chosen = [...store.selection].map((id) => store.tasks.get(id)).filter(Boolean);
  const possible = ["hold", "release", "abort", "retry", "archive", "unarchive", "delete"].filter((a) =>
    chosen.some((t) => actionsOf(t).includes(a) || a === "delete"),
  );
  return h(
    "div.bulk",
    { role: "toolbar", "aria-label": "Selected tasks" },
    h("strong", plural(store.selection.size, "task")),
    h("span.quiet", "selected"),
    possible.map((a) =>
      button(labelOf[a], () => run(a, [...store.selection]), {
        kind: a === "delete" ? "danger" : "",
        disabled: !can("admin"),
      }),
    ),
    h("span.grow"),
    can("admin") &&
      h(
        "select",
        {
          "aria-label": "Do to all that the filters show",
          value: "",
          onchange: (event) => {
            const action = event.target.value;
            event.target.value = "";
            if (action) runAll(action, bulkFilter(f), load);
          },
        },
        h("option", { value: "" }, "All shown…"),
        Object.entries(labelOf)
          .filter(([a]) => a !== "complete")
          .map(([a, text]) => h("option", { value: a }, `${text} all`)),
      ),
    button(
      "Clear",
      () => {
        store.selection.clear();
        changed();
      },
      { kind: "bare" },
    ),
  );
}

function body(f, isFiltered) {
  if (view.error) return failure(view.error, load);
  if (!view.ids.length) {
    if (view.isLoading) return skeleton(9);
    return isFiltered || f.state
      ? empty(
          "No task fits",
          f.state === "archived"
            ? "What is archived is left out of all other lists."
            : "Other words, or fewer filters, may find more.",
          h("a.button", { href: link("tasks") }, "Show all"),
        )
      : empty(
          "No task yet",
          "Write what is to be done, or drop task files anywhere onto this page.",
          button("New task", store.create, { kind: "primary" }),
        );
  }
  const height = rowHeight();
  const open = route.params.get("task");
  return h(
    "div.tablelike",
    list.view(view.ids.length, height, (i) => row(view.ids[i], i, open), { end: more, label: "Tasks" }),
    h(
      "p.foot",
      { role: "status" },
      view.isLoading
        ? "Reading more…"
        : view.isWhole
          ? plural(view.ids.length, "task")
          : h("button.textual", { type: "button", onclick: more }, `${number(view.ids.length)} shown; read more`),
    ),
  );
}

function row(id, i, open) {
  const task = store.tasks.get(id);
  if (!task) return { key: id, props: { "data-row": id }, content: h("span.quiet", id) };
  const isChosen = store.selection.has(id);
  const word = wordOf(task);
  const seen = task.activity;
  const what =
    task.state === "running"
      ? [seen?.tool, seen?.message].filter(Boolean).join(" ")
      : task.state === "new"
        ? (task.retry?.reason ?? "")
        : outcome(task);
  const took = task.started_at ? (task.ended_at ?? now()) - task.started_at : null;
  return {
    key: id,
    props: { "data-row": id, class: `task ${isChosen ? "chosen" : ""} ${open === id ? "open" : ""}` },
    content: [
      h(
        "label.tick",
        h("input", {
          type: "checkbox",
          checked: isChosen,
          "aria-label": `Select ${task.name}`,
          onchange: (event) => select(id, event.target.checked),
        }),
      ),
      h(
        "a.main",
        {
          href: taskLink(id),
          onfocus: () => {
            view.active = i;
          },
        },
        h(
          "span.line",
          h(`span.state.${toneOf(word)}`, mark(word)),
          h("span.name", task.name),
          task.cancelling && h("span.tag", "cancelling"),
          task.archived && h("span.tag", "archived"),
        ),
        h(
          "span.line.sub",
          h("span.word", nameOf(word)),
          h("span.where", { title: task.workspace }, tail(task.workspace)),
        ),
        h("span.line.sub.third", what),
      ),
      h("span.what", what),
      h("span.figure", usage(task.outcome?.tokens ?? task.activity?.tokens, task.outcome?.cost ?? task.activity?.cost)),
      h("span.figure.took", took !== null && clock(took)),
      h("span.figure.age", when(task.ended_at ?? task.started_at ?? task.created_at)),
    ],
  };
}
