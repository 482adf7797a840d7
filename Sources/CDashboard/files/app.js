// Draws the views in their frame, and keeps them up to date.

import { firstOverview, get, isExpected, taskPath, token } from "./api.js";
import { h, render } from "./dom.js";
import { changed, keep, onChange, store } from "./store.js";
import { button, dialog } from "./ui.js";
import { go, link, route, start, titles } from "./router.js";
import { banner, rail, toasts } from "./frame.js";
import { follow } from "./live.js";
import * as keys from "./keys.js";
import * as activity from "./activity.js";
import * as create from "./create.js";
import * as drawer from "./drawer.js";
import * as schedules from "./schedules.js";
import * as sessions from "./sessions.js";
import * as tasks from "./tasks.js";
import * as usage from "./usage.js";
import * as webhooks from "./webhooks.js";
import { overview } from "./overview.js";

const pages = {
  overview,
  tasks: tasks.tasks,
  activity: activity.activity,
  schedules: schedules.schedules,
  sessions: sessions.sessions,
  webhooks: webhooks.webhooks,
  usage: usage.usage,
};
/** How many past events are asked for at first, so that the activity is not empty. */
const history = 200;
const root = document.getElementById("app");
const own = import.meta.url.split("/").at(-2);

let isReading = false;
let isStale = false;
let readAt = 0;
let perSecond = 0;
let known = 0;
let lastLink = "idle";
let isFollowing = false;

// MARK: what is known

async function readOverview() {
  if (isReading) {
    isStale = true;
    return;
  }
  isReading = true;
  isStale = false;
  try {
    const seen = await get("/api/overview", { answer: firstOverview() });
    store.failure = null;
    store.skew = seen.now - Date.now() / 1000;
    if (Math.abs(store.skew) < 1) store.skew = 0;
    for (const task of [...seen.running, ...seen.ended]) keep(task);
    store.overview = seen;
    setStatus(seen);
    store.needsToken = false;
    if (!isFollowing) {
      isFollowing = true;
      known = seen.store_version;
      follow(Math.max(0, known - history), { task: onTask, activity: onActivity, status: setStatus, resync: onResync });
    }
  } catch (error) {
    store.failure = error;
    // What is wrong with this page must not look like a daemon that is away.
    if (!isExpected(error)) console.error(error);
    if (!isFollowing && error.status !== 401) setTimeout(readOverview, 2000);
  }
  isReading = false;
  readAt = Date.now();
  changed();
  if (isStale) refreshSoon();
}

let refreshTimer = 0;
/** After something happened; many things together are looked at once. */
function refreshSoon() {
  if (refreshTimer) return;
  const pause = perSecond > 30 ? 2500 : 700;
  refreshTimer = setTimeout(
    () => {
      refreshTimer = 0;
      perSecond = 0;
      readOverview();
    },
    Math.max(60, pause - (Date.now() - readAt)),
  );
}

function setStatus(status) {
  const { version, opencode, servers, paused, closed, endpoints, dashboard } = status;
  store.status = { version, opencode, servers, paused, closed, endpoints };
  store.isOutdated = !!dashboard && own.length === 20 && dashboard !== own;
  webhooks.note(endpoints);
  changed();
}

function onTask(event) {
  activity.note(event);
  if (event.seq <= known) return;
  perSecond++;
  tasks.note(event);
  drawer.note(event.task_id);
  place(event);
  if (/CREATED|STARTED|COMPLETED|FAILED|DELETED/.test(event.event)) listSoon();
  refreshSoon();
}

let listTimer = 0;
/** What is no event itself changes with tasks: it is read anew where it is looked at. */
function listSoon() {
  listTimer ||= setTimeout(() => {
    listTimer = 0;
    if (route.view === "sessions") sessions.load();
    if (route.view === "schedules") schedules.load();
  }, 1500);
}

/** Shows a task where it is now, before the next look at the whole says so as well. */
function place({ task, task_id: id }) {
  const seen = store.overview;
  if (!seen) return;
  const without = (list) => (list.some((t) => t.id === id) ? list.filter((t) => t.id !== id) : list);
  seen.running = without(seen.running);
  seen.ended = without(seen.ended);
  if (task?.state === "running") seen.running = [...seen.running, task];
  else if (task?.ended_at) seen.ended = [task, ...seen.ended].slice(0, 60);
}

function onActivity(task) {
  activity.step(task);
  drawer.note(task.id);
}

function onResync() {
  known = 0;
  readAll();
}

/** Everything that is shown, anew. */
function readAll() {
  readOverview();
  if (route.view === "tasks") tasks.load();
  if (route.view === "webhooks") webhooks.load();
  if (route.view === "schedules") schedules.load();
  drawer.load();
}

/** What was done to ended tasks is no event (an archived one stays where it is): they are looked at again. */
store.touched = async (ids) => {
  if (ids.length > 20) return readAll();
  for (const id of ids) {
    const answer = await get(taskPath(id, "?view=brief")).catch(() => null);
    if (answer) tasks.note({ task_id: id, task: keep(answer.task) });
    drawer.note(id);
  }
  changed();
};
store.reload = readAll;
store.create = (more) => create.open(more?.type ? {} : more);

// MARK: drawing

function frame() {
  // Until there are numbers, the page's own frame shows as much.
  if (!root.__kids && route.view === "overview" && !store.overview && !store.failure && !store.needsToken) return;
  const beside = drawer.drawer();
  const isCovered = beside && innerWidth < 1180;
  const label = titles[route.view];
  document.title = `${store.overview?.running.some((t) => store.tasks.get(t.id)?.asks?.length) ? "(!) " : ""}${label} · openloom`;
  if (store.link === "live" && lastLink === "lost") {
    lastLink = "live";
    readOverview();
  }
  if (store.link !== "connecting") lastLink = store.link;
  render(
    root,
    h(
      "a.skip",
      {
        href: "#main",
        onclick: (event) => {
          event.preventDefault();
          document.querySelector("main").focus();
        },
      },
      "Skip to the content",
    ),
    h(
      "div.shell",
      { class: beside ? "narrowed" : "", inert: isCovered ? true : null },
      rail(),
      h(
        "main",
        { id: "main", tabindex: -1, "data-scroll": "", class: store.link === "lost" ? "stale" : "", key: "main" },
        banner(),
        h("div.view", { key: route.view }, pages[route.view]()),
      ),
    ),
    beside && h("div.scrim", { onclick: drawer.close, key: "scrim" }),
    beside,
    overlay(),
    toasts(),
    h(
      "div.dropzone",
      { "aria-hidden": "true", key: "drop" },
      h("p", "Drop task files"),
      h("p", ".md  .txt  .yaml  .json  .docx"),
    ),
  );
}

function overlay() {
  if (store.needsToken) return tokenDialog();
  switch (store.dialog?.kind) {
    case "create":
      return create.createDialog();
    case "files":
      return create.filesDialog();
    case "keys":
      return keys.help();
    case "confirm":
      return confirmDialog(store.dialog);
    default:
      return null;
  }
}

function confirmDialog({ title, text, label, resolve }) {
  const end = (wanted) => {
    store.dialog = null;
    changed();
    resolve(wanted);
  };
  return dialog("confirm", title, () => end(false), [
    h("p", text),
    h(
      "div.dialog-foot",
      h("span.grow"),
      h("button", { type: "button", autofocus: true, onclick: () => end(false) }, "Not now"),
      button(label, () => end(true), { kind: "primary danger" }),
    ),
  ]);
}

function tokenDialog() {
  return dialog(
    "token",
    "Token",
    null,
    h(
      "form.create",
      {
        onsubmit(event) {
          event.preventDefault();
          token.set(event.target.elements.token.value.trim());
          store.needsToken = false;
          store.hasWrongToken = false;
          isFollowing = false;
          changed();
          readAll();
        },
      },
      h(
        "p",
        "This daemon asks for a token: one of the file that server.token_file names. It is kept for this tab alone, and sent nowhere but to ",
        h("code", location.host),
        ".",
      ),
      h(
        "div.field",
        { class: store.hasWrongToken ? "wrong" : "" },
        h("label", { for: "token" }, "Token"),
        h("input", {
          id: "token",
          name: "token",
          type: "password",
          autocomplete: "off",
          autofocus: true,
          required: true,
          "aria-invalid": store.hasWrongToken ? "true" : null,
        }),
        store.hasWrongToken && h("p.problem", "The daemon does not know this token."),
      ),
      h("div.dialog-foot", h("span.grow"), h("button.primary", { type: "submit" }, "Go on")),
    ),
  );
}

// MARK: keys

const to = (view) => () => {
  go(link(view));
  return true;
};
keys.listen({
  "g o": to("overview"),
  "g t": to("tasks"),
  "g a": to("activity"),
  "g c": to("schedules"),
  "g s": to("sessions"),
  "g w": to("webhooks"),
  "g u": to("usage"),
  n: () => {
    create.open();
    return true;
  },
  "/": () => {
    const box = document.getElementById("search");
    if (box) box.focus();
    else {
      go(link("tasks"));
      setTimeout(() => document.getElementById("search")?.focus(), 60);
    }
    return true;
  },
  j: () => tasks.move(1),
  k: () => tasks.move(-1),
  x: tasks.toggleActive,
  "?": () => {
    store.dialog = { kind: "keys" };
    changed();
    return true;
  },
  escape: drawer.close,
});

// Clocks go on while somebody looks: every second where something runs, else now and then. Nothing is asked for.
let beat = 0;
setInterval(() => {
  if (document.hidden) return;
  const runs = store.overview?.running.length || store.link === "lost";
  if (runs || ++beat % 15 === 0) changed();
}, 1000);

addEventListener("resize", changed);
onChange(frame);
create.listen();
start(() => document.querySelector("main")?.scrollTo(0, 0));
changed();
readOverview();
