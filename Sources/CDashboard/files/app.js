// The frame around all views, and what keeps them up to date.

import { get, isExpected, taskPath, token } from "./api.js";
import { h, render } from "./dom.js";
import { compact, second, span } from "./format.js";
import { can, changed, dismiss, keep, onChange, store } from "./store.js";
import { button, dialog, icon, iconButton } from "./ui.js";
import { go, link, route, start, views } from "./router.js";
import { follow, hurry } from "./live.js";
import * as keys from "./keys.js";
import * as activity from "./activity.js";
import * as create from "./create.js";
import * as drawer from "./drawer.js";
import * as sessions from "./sessions.js";
import * as tasks from "./tasks.js";
import * as usage from "./usage.js";
import * as webhooks from "./webhooks.js";
import { overview } from "./overview.js";

const pages = {
  overview,
  tasks: tasks.tasks,
  activity: activity.activity,
  sessions: sessions.sessions,
  webhooks: webhooks.webhooks,
  usage: usage.usage,
};
const titles = {
  overview: "Overview",
  tasks: "Tasks",
  activity: "Activity",
  sessions: "Sessions",
  webhooks: "Webhooks",
  usage: "Usage",
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
    const seen = await get("/api/overview");
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
  if (route.view === "sessions" && /STARTED|COMPLETED|FAILED/.test(event.event)) sessionsSoon();
  refreshSoon();
}

let sessionsTimer = 0;
function sessionsSoon() {
  sessionsTimer ||= setTimeout(() => {
    sessionsTimer = 0;
    sessions.load();
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

// MARK: the frame

function frame() {
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
    h(
      "div.toasts",
      { role: "status", "aria-live": "polite", key: "toasts" },
      store.toasts.map((t) =>
        h(
          "div.toast",
          { key: t.id, class: t.kind },
          h("span", t.text),
          t.action &&
            button(
              t.action.label,
              () => {
                dismiss(t.id);
                t.action.run();
              },
              { kind: "textual" },
            ),
          iconButton("close", "Dismiss", () => dismiss(t.id)),
        ),
      ),
    ),
    h(
      "div.dropzone",
      { "aria-hidden": "true", key: "drop" },
      h("p", "Drop task files"),
      h("p", ".md  .txt  .yaml  .json  .docx"),
    ),
  );
}

function rail() {
  const states = store.overview?.states;
  const asks = store.overview?.running.filter((t) => store.tasks.get(t.id)?.asks?.length).length ?? 0;
  const counts = {
    tasks: states && states.new.count + states.running.count,
    webhooks: (store.status.endpoints ?? []).reduce((all, e) => all + e.failed, 0),
  };
  return h(
    "header.rail",
    { key: "rail" },
    h("a.brand", { href: link("overview") }, logo(), h("span", "openloom")),
    h(
      "nav",
      { "aria-label": "Views" },
      views.map((view) =>
        h(
          "a",
          { href: link(view), "aria-current": route.view === view ? "page" : null, key: view },
          icon(view),
          h("span", titles[view]),
          view === "overview" && asks > 0
            ? h("span.count.ask", { "aria-label": `${asks} waiting for you` }, String(asks))
            : counts[view] > 0 && h("span.count", { class: view === "webhooks" ? "bad" : "" }, compact(counts[view])),
        ),
      ),
    ),
    h(
      "button.primary.new",
      {
        type: "button",
        onclick: () => create.open(),
        disabled: !can("submit"),
        "aria-label": "New task",
        title: "New task (n)",
      },
      icon("plus"),
      h("span", "New task"),
    ),
    h(
      "div.rail-foot",
      connection(),
      h(
        "div.line",
        iconButton("theme", `Theme: ${theme()}`, nextTheme),
        iconButton("keys", "Keyboard shortcuts", () => {
          store.dialog = { kind: "keys" };
          changed();
        }),
        store.status.version && h("span.quiet", store.status.version),
      ),
    ),
  );
}

const logo = () =>
  h(
    "svg.logo",
    { viewBox: "0 0 20 20", "aria-hidden": "true" },
    h("path", { d: "M5 2v16M10 2v6M10 12v6M15 2v16" }),
    h("path", { class: "weft", d: "M1 10h2.4M6.6 10h6.8M16.6 10H19" }),
  );

function connection() {
  const words = {
    live: "Live",
    connecting: "Connecting",
    lost: "Not connected",
    idle: store.needsToken ? "Token needed" : "Not connected",
  };
  const paused = store.status.paused ? "Paused" : store.status.closed ? "Closed" : null;
  return h(
    "p.link",
    { class: paused && store.link === "live" ? "held" : store.link },
    h("span.lamp"),
    h("span", paused && store.link === "live" ? paused : words[store.link]),
  );
}

function banner() {
  if (store.link === "lost") {
    return h(
      "div.banner.bad",
      { role: "status", key: "lost" },
      h(
        "p",
        h("strong", "Connection lost. "),
        `All below is as of ${second(store.heard / 1000)}, ${span((Date.now() - store.heard) / 1000)} ago. It goes on by itself.`,
      ),
      button("Try now", hurry, { kind: "small" }),
    );
  }
  if (store.isOutdated)
    return h(
      "div.banner",
      { key: "old" },
      h("p", "The daemon was updated."),
      button("Load its dashboard", () => location.reload(), { kind: "small" }),
    );
  const status = store.status;
  if (status.closed)
    return h(
      "div.banner.held",
      { key: "closed" },
      h("p", h("strong", "Closed. "), "No task is accepted: REST answers 503, files stay in the inbox."),
    );
  if (status.paused)
    return h(
      "div.banner.held",
      { key: "paused" },
      h("p", h("strong", "Paused. "), "No task is started; those that run go on."),
    );
  if (status.opencode && !status.opencode.ok && !(status.servers ?? []).some((s) => s.ok))
    return h(
      "div.banner.held",
      { key: "down" },
      h("p", h("strong", "OpenCode can't be used. "), `Tasks wait. ${status.opencode.message ?? ""}`),
    );
  return null;
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

// MARK: theme and keys

function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

function nextTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const order = dark ? ["system", "light", "dark"] : ["system", "dark", "light"];
  const next = order[(order.indexOf(theme()) + 1) % 3];
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("openloom.theme");
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem("openloom.theme", next);
  }
  changed();
}

const to = (view) => () => {
  go(link(view));
  return true;
};
keys.listen({
  "g o": to("overview"),
  "g t": to("tasks"),
  "g a": to("activity"),
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
