// Sessions of OpenCode, also those that no task of ours started.

import { attempt, get, post, send } from "./api.js";
import { h } from "./dom.js";
import { can, changed, store } from "./store.js";
import { button, confirm, empty, failure, mark, skeleton, usage, when } from "./ui.js";
import { here, route } from "./router.js";

const view = {
  sessions: null,
  status: {},
  archived: [],
  permissions: [],
  missing: [],
  error: null,
  isLoading: false,
  readAt: 0,
  showsArchived: false,
  text: "",
};

export async function load() {
  if (view.isLoading) return;
  view.isLoading = true;
  changed();
  try {
    const state = await get("/api/state");
    Object.assign(view, {
      sessions: state.sessions,
      status: state.sessionStatus,
      archived: state.archivedSessions,
      permissions: state.permissions,
      missing: state.missing,
      error: null,
      readAt: state.now,
    });
  } catch (error) {
    view.error = error;
  }
  view.isLoading = false;
  changed();
}

export const find = (id) => view.sessions?.find((s) => s.id === id) ?? view.archived.find((s) => s.id === id);
export const statusOf = (id) => view.status[id] ?? "idle";
export const permissionsOf = (id) => view.permissions.filter((p) => p.sessionId === id);

/** Ours carry their task's id, which says nothing to people. */
export const titleOf = (s) => (s.title ?? "").replace(/ \(\d{8}T\d{9}-[^ ]+\)$/, "") || s.id;
export const taskOf = (s) => s?.title?.match(/ \((\d{8}T\d{9}-[^ ]+)\)$/)?.[1];

const tones = { busy: "running", retry: "waiting", idle: "archived" };
const words = { busy: "busy", retry: "waits to retry", idle: "idle" };

export async function archive(session, on) {
  await attempt(
    () => send(on ? "POST" : "DELETE", `/api/sessions/${session.id}/archive`),
    on ? "Session archived" : "Session is back",
  );
  load();
}

export async function remove(session) {
  if (
    !(await confirm(
      "Delete this session?",
      "It is removed from OpenCode, with those that it started. Its tasks keep their evidence.",
      "Delete",
    ))
  )
    return false;
  const isDone = await attempt(() => post(`/api/sessions/${session.id}/delete`), "Session deleted");
  load();
  return isDone;
}

export async function answer(permission, response) {
  await attempt(
    () => post(`/api/sessions/${permission.sessionId}/permissions/${permission.id}`, { response }),
    response === "once" ? "Allowed once" : "Rejected",
  );
  load();
}

export const permissionView = (p) =>
  h(
    "section.ask",
    { key: p.id, "aria-label": "A session asks" },
    h("div.ask-head", mark("waiting"), h("span.name", find(p.sessionId) ? titleOf(find(p.sessionId)) : "A session")),
    h(
      "div.ask-body",
      h("p", "wants ", h("strong", p.permission)),
      p.patterns.map((t) => h("pre.command", t)),
      h(
        "div.answers",
        button("Allow once", () => answer(p, "once"), { kind: "primary", disabled: !can("answer") }),
        button("Reject", () => answer(p, "reject"), { disabled: !can("answer") }),
      ),
    ),
  );

export function sessions() {
  if (!view.sessions && !view.error && !view.isLoading) queueMicrotask(load);
  const words = view.text.toLowerCase();
  const from = view.showsArchived ? view.archived : (view.sessions ?? []);
  const found = from.filter((s) => !words || `${titleOf(s)} ${s.directory}`.toLowerCase().includes(words));
  const groups = new Map();
  for (const s of found) groups.set(s.directory, [...(groups.get(s.directory) ?? []), s]);
  const strangers = view.permissions.filter((p) => !p.taskId);
  return h(
    "div.page.sessions",
    h(
      "div.bar",
      h("h1", "Sessions"),
      h(
        "div.search",
        h("input", {
          type: "search",
          id: "search",
          placeholder: "Title or directory",
          "aria-label": "Filter sessions",
          value: view.text,
          oninput: (event) => {
            view.text = event.target.value;
            changed();
          },
        }),
      ),
      button(
        view.showsArchived ? "Show current" : `Archived${view.archived.length ? ` (${view.archived.length})` : ""}`,
        () => {
          view.showsArchived = !view.showsArchived;
          changed();
        },
        { "aria-pressed": String(view.showsArchived) },
      ),
      button(view.isLoading ? "Reading…" : "Read again", load, { disabled: view.isLoading }),
    ),
    view.readAt > 0 &&
      h(
        "p.quiet.note",
        "As OpenCode said ",
        when(view.readAt),
        ". Read anew when a task starts or ends.",
        view.missing.length > 0 && ` Missing: ${view.missing.map(String).join("; ")}`,
      ),
    strangers.length > 0 && h("div.asks", strangers.map(permissionView)),
    view.error && !view.sessions
      ? failure(view.error, load)
      : !view.sessions
        ? skeleton(6)
        : !found.length
          ? empty(
              view.showsArchived
                ? "No archived session"
                : store.status.opencode?.ok === false
                  ? "OpenCode can't be asked"
                  : "No session",
              store.status.opencode?.ok === false
                ? store.status.opencode.message
                : "Sessions in the workspaces of tasks and of the configuration appear here.",
            )
          : [...groups].map(([directory, list]) =>
              h(
                "section.group",
                { key: directory },
                h("h2", h("span.path", directory || "Unknown"), h("span.count", list.length)),
                h("div.list", list.map(row)),
              ),
            ),
  );
}

function row(s) {
  const activity = statusOf(s.id);
  const tokens = s.tokens ? s.tokens.input + s.tokens.output + (s.tokens.reasoning ?? 0) : 0;
  return h(
    "a.item.main",
    {
      key: s.id,
      href: here({ session: s.id, task: null, tab: null }),
      "aria-current": route.params.get("session") === s.id ? "true" : null,
    },
    h(
      "span.line",
      mark(s.archived_at ? "archived" : (tones[activity] ?? "archived")),
      h("span.name", titleOf(s)),
      h("span.quiet", when(s.updated ?? s.archived_at)),
    ),
    h(
      "span.line.sub",
      h(
        "span.what",
        s.archived_at ? "archived" : (words[activity] ?? activity),
        s.model?.modelID || s.model?.id ? ` · ${s.model.modelID ?? s.model.id}` : "",
      ),
      usage(tokens, s.cost),
    ),
  );
}
