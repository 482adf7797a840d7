// One task, or one session, beside the view.

import { fault, get, send, taskPath } from "./api.js";
import { askView } from "./ask.js";
import { actButton, actionsOf } from "./deeds.js";
import { diffView, parse } from "./diff.js";
import { h } from "./dom.js";
import { changes, files, mostBytes, timeline } from "./evidence.js";
import { cut, number, quoted } from "./format.js";
import { go, here, route } from "./router.js";
import * as sessions from "./sessions.js";
import { can, changed, store } from "./store.js";
import { summary } from "./summary.js";
import { transcript } from "./transcript.js";
import { button, copy, empty, failure, iconButton, mark, skeleton, verdict, when } from "./ui.js";

const tabs = [
  ["", "Summary"],
  ["conversation", "Conversation"],
  ["changes", "Changes"],
  ["timeline", "Timeline"],
  ["files", "Files"],
  ["raw", "Raw"],
];
const sessionTabs = [
  ["", "Conversation"],
  ["changes", "Changes"],
];
let view = { id: null };
let timer = 0;
let opener = null;

const fresh = (id, kind) => ({
  id,
  kind,
  task: null,
  error: null,
  messages: null,
  patch: null,
  files: null,
  file: null,
  goal: null,
  raw: null,
  talkError: null,
  controller: new AbortController(),
});

/** What the address says is open; null if nothing is. */
export const opened = () =>
  route.params.get("task")
    ? { kind: "task", id: route.params.get("task") }
    : route.params.get("session")
      ? { kind: "session", id: route.params.get("session") }
      : null;

export function close() {
  if (!opened()) return false;
  go(here({ task: null, session: null, tab: null }));
  const to = opener;
  requestAnimationFrame(() => requestAnimationFrame(() => to?.isConnected && to.focus()));
  return true;
}

/** Something became true of the task that is open, or its agent did something. */
export function note(id) {
  if (view.kind !== "task" || view.id !== id || timer) return;
  timer = setTimeout(() => {
    timer = 0;
    load();
  }, 350);
}

export async function load() {
  const own = view;
  if (!own.id) return;
  try {
    if (own.kind === "task") {
      own.task = (await get(taskPath(own.id, "?view=detail"), { signal: own.controller.signal })).task;
      own.error = null;
    } else if (!sessions.find(own.id)) {
      await sessions.load();
    }
    await loadTab(own, true);
  } catch (error) {
    if (error.name !== "AbortError") own.error = error;
  }
  changed();
}

async function loadTab(own, again = false) {
  const tab = route.params.get("tab") ?? "";
  const ended = own.task && (own.task.state === "done" || own.task.state === "failed");
  const isTalk = own.kind === "session" ? tab === "" : tab === "conversation";
  try {
    if (isTalk && (again || !own.messages)) own.messages = await talk(own, ended);
    else if (tab === "changes" && (again || !own.patch))
      own.patch = own.kind === "session" ? await sessionDiff(own) : await patchOf(own);
    else if (tab === "files" && (again || !own.files))
      own.files = (await get(taskPath(own.id, "/files"), { signal: own.controller.signal })).files;
    else if (tab === "raw" && (again || !own.raw)) own.raw = JSON.stringify(own.task, null, 2);
    own.talkError = null;
  } catch (error) {
    if (error.name !== "AbortError") own.talkError = error;
  }
  changed();
}

/** Of an ended task the transcript in its directory; of a running one what OpenCode says. */
async function talk(own, ended) {
  const options = { signal: own.controller.signal };
  if (own.kind === "task" && ended) {
    try {
      return await get(taskPath(own.id, "/files/transcript.json"), options);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  const session = own.kind === "session" ? own.id : own.task?.active_session_id;
  if (!session) return [];
  return (await get(`/api/sessions/${session}/messages?limit=100`, options)).messages;
}

async function patchOf(own) {
  try {
    const answer = await send("GET", taskPath(own.id, "/files/evidence/changes.patch"), {
      signal: own.controller.signal,
      range: `bytes=0-${mostBytes - 1}`,
    });
    const size = Number(answer.headers.get("Content-Range")?.split("/")[1] ?? 0);
    return { files: parse(await answer.text()), rest: Math.max(0, size - mostBytes) };
  } catch (error) {
    if (error.status === 404 || error.status === 416) return { files: [], rest: 0 };
    throw error;
  }
}

async function sessionDiff(own) {
  const { diff } = await get(`/api/sessions/${own.id}/diff`, { signal: own.controller.signal });
  return {
    rest: 0,
    files: diff.flatMap((d) => parse(d.patch ?? d.diff ?? "").map((f) => ({ ...f, path: d.file ?? d.path ?? f.path }))),
  };
}

export function drawer() {
  const wanted = opened();
  if (!wanted) {
    view.controller?.abort();
    view = { id: null };
    return null;
  }
  if (view.id !== wanted.id || view.kind !== wanted.kind) {
    view.controller?.abort();
    view = fresh(wanted.id, wanted.kind);
    queueMicrotask(load);
  }
  const tab = route.params.get("tab") ?? "";
  if (view.tab !== tab) {
    if (view.tab !== undefined && (view.task || view.kind === "session")) queueMicrotask(() => loadTab(view));
    view.tab = tab;
  }
  const isTask = view.kind === "task";
  const brief = store.tasks.get(view.id);
  const task = view.task;
  const session = !isTask && sessions.find(view.id);
  const title = isTask ? (task?.name ?? brief?.name ?? view.id) : session ? sessions.titleOf(session) : view.id;
  return h(
    "aside.drawer",
    {
      key: `${view.kind} ${view.id}`,
      "aria-label": isTask ? "Task" : "Session",
      "data-scroll": "",
      role: "dialog",
      "aria-modal": String(innerWidth < 1180),
      mount(el) {
        opener = document.activeElement;
        el.querySelector("h2").focus({ preventScroll: true });
      },
      onkeydown: trap,
    },
    h(
      "div.drawer-top",
      h(
        "div.line",
        isTask
          ? task
            ? verdict(task)
            : brief && verdict(brief)
          : h("span.verdict.calm", mark("archived"), session ? sessions.statusOf(view.id) : "Session"),
        h("span.grow"),
        iconButton("close", "Close", close),
      ),
    ),
    h(
      "header.drawer-head",
      h("h2", { tabindex: -1 }, title),
      isTask
        ? h(
            "p.quiet.ids",
            h("code", view.id),
            iconButton("copy", "Copy the id", () => copy(view.id, "Id")),
          )
        : h("p.quiet.ids", h("code", session?.directory ?? view.id)),
    ),
    view.error
      ? view.error.status === 404
        ? empty("There is no such task", "It was deleted, or the link is not right.", button("Close", close))
        : failure(view.error, load)
      : isTask && !task
        ? skeleton(6)
        : [
            isTask ? taskHead(task) : sessionHead(session),
            tabList(isTask ? tabs : sessionTabs, tab, task),
            h(
              "div.tab",
              { role: "tabpanel", id: "panel", "aria-label": title },
              isTask ? panel(task, tab) : sessionPanel(tab),
            ),
          ],
  );
}

/** While it covers everything, Tab stays within. */
function trap(event) {
  if (event.key !== "Tab" || innerWidth >= 1180) return;
  const all = [
    ...event.currentTarget.querySelectorAll("a[href], button:not(:disabled), input, select, textarea, [tabindex='0']"),
  ].filter((el) => el.offsetParent);
  const [first, end] = [all[0], all.at(-1)];
  if (event.shiftKey && (document.activeElement === first || document.activeElement.tagName === "H2")) {
    event.preventDefault();
    end.focus();
  } else if (!event.shiftKey && document.activeElement === end) {
    event.preventDefault();
    first.focus();
  }
}

function taskHead(task) {
  return [
    h(
      "div.acts.wide",
      actionsOf(task).map((action, i) => actButton(action, task, i === 0 && task.state === "failed" ? "primary" : "")),
      copyMenu(task),
    ),
    task.asks?.length > 0 &&
      h(
        "div.asks",
        task.asks.map((ask) => askView(task, ask, false)),
      ),
    task.cancelling && h("p.quiet.pad", "It is being cancelled."),
    task.retry &&
      h(
        "p.quiet.pad",
        `Put back after attempt ${task.retry.after_attempt}: ${task.retry.reason}. `,
        "Tried again ",
        when(task.retry.not_before),
        ".",
      ),
  ];
}

function sessionHead(session) {
  if (!session) return null;
  return [
    h(
      "div.acts.wide",
      can("admin") && [
        button(session.archived_at ? "Unarchive" : "Archive", () => sessions.archive(session, !session.archived_at)),
        button(
          "Delete",
          async () => {
            if (await sessions.remove(session)) close();
          },
          { kind: "danger" },
        ),
      ],
      can("submit") && button("Give it a task", () => store.create({ sessionId: session.id, title: session.title })),
      button("Read again", load),
      sessions.taskOf(session) &&
        h("a.button", { href: here({ task: sessions.taskOf(session), session: null, tab: null }) }, "Its task"),
    ),
    sessions.permissionsOf(view.id).map(sessions.permissionView),
  ];
}

function copyMenu(task) {
  const base = location.origin;
  const auth = sessionStorage.getItem("openloom.token") ? ` -H "Authorization: Bearer $OPENLOOM_TOKEN"` : "";
  const spool = store.overview?.spool ?? "~/.openloom/spool";
  const options = {
    link: ["Link", () => `${base}/#/tasks?task=${task.id}`],
    curl: ["curl: show it", () => `curl -sS${auth} ${quoted(`${base}${taskPath(task.id)}`)}`],
    again: [
      "curl: create it again",
      () =>
        `curl -sS${auth} ${base}/api/tasks --json ${quoted(JSON.stringify({ name: task.name, workspace: task.workspace, goal: task.goal }))}`,
    ],
    shell: ["Shell: show it", () => `openloom show ${task.id}`],
    dir: ["Shell: its directory", () => `ls -l ${quoted(`${spool}/${task.state}/${task.id}`)}`],
    apply: [
      "Shell: apply its patch",
      () =>
        `git -C ${quoted(task.workspace)} apply ${quoted(`${spool}/${task.state}/${task.id}/evidence/changes.patch`)}`,
    ],
  };
  return h(
    "select.copy",
    {
      "aria-label": "Copy as",
      value: "",
      async onchange(event) {
        const chosen = options[event.target.value];
        const name = event.target.value;
        event.target.value = "";
        if (name === "again" && task.goal_bytes > 4000) {
          try {
            task = (await get(taskPath(task.id))).task;
          } catch (error) {
            return fault(error);
          }
        }
        if (chosen) copy(chosen[1](), chosen[0]);
      },
    },
    h("option", { value: "" }, "Copy as…"),
    Object.entries(options).map(([key, [label]]) => h("option", { value: key }, label)),
  );
}

function tabList(list, tab, task) {
  const changes = task?.result?.fact?.changed;
  return h(
    "div.tabs",
    {
      role: "tablist",
      "aria-label": "Parts",
      onkeydown(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next =
          list[
            (list.findIndex(([key]) => key === (route.params.get("tab") ?? "")) + step + list.length) % list.length
          ][0];
        go(here({ tab: next }), true);
        requestAnimationFrame(() =>
          requestAnimationFrame(() => document.querySelector("[role=tab][aria-selected=true]")?.focus()),
        );
      },
    },
    list.map(([key, label]) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "aria-selected": String(tab === key),
          "aria-controls": "panel",
          tabindex: tab === key ? 0 : -1,
          onclick: () => go(here({ tab: key }), true),
        },
        label,
        key === "changes" && changes > 0 && h("span.count", number(changes)),
      ),
    ),
  );
}

function panel(task, tab) {
  const ended = task.state === "done" || task.state === "failed";
  if (view.talkError) return failure(view.talkError, () => loadTab(view, true));
  switch (tab) {
    case "conversation":
      return view.messages ? transcript(view.messages, { isLive: !ended }) : skeleton(6);
    case "changes":
      return changes(task, view);
    case "timeline":
      return timeline(task);
    case "files":
      return files(view, () => loadTab(view));
    case "raw":
      return view.raw
        ? [
            h(
              "div.acts",
              button("Copy", () => copy(view.raw, "JSON")),
            ),
            h("pre.raw", { tabindex: 0 }, cut(view.raw, 200_000)),
          ]
        : skeleton(8);
    default:
      return summary(task, ended, view);
  }
}

function sessionPanel(tab) {
  if (view.talkError) return failure(view.talkError, load);
  if (tab === "changes")
    return view.patch
      ? view.patch.files.length
        ? diffView(view.patch.files, view.id)
        : h("p.quiet", "OpenCode names no change.")
      : skeleton(4);
  return view.messages ? transcript(view.messages, { isLive: sessions.statusOf(view.id) === "busy" }) : skeleton(6);
}
