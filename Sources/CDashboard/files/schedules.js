// What makes tasks by the clock.

import { attempt, get, post } from "./api.js";
import { h } from "./dom.js";
import { plural } from "./format.js";
import { taskLink } from "./router.js";
import { can, changed, store } from "./store.js";
import { button, empty, failure, mark, skeleton, when } from "./ui.js";

const view = { list: null, error: null, isLoading: false, isStale: false };

export async function load() {
  if (view.isLoading) {
    view.isStale = true;
    return;
  }
  view.isLoading = true;
  view.isStale = false;
  changed();
  try {
    view.list = (await get("/api/schedules")).schedules;
    view.error = null;
  } catch (error) {
    view.error = error;
  }
  view.isLoading = false;
  changed();
  if (view.isStale) load();
}

const path = (name, action) => `/api/schedules/${encodeURIComponent(name)}/${action}`;

async function set(schedule, isOn) {
  await attempt(
    () => post(path(schedule.name, isOn ? "enable" : "disable")),
    ({ schedule: now }) =>
      isOn
        ? now.active
          ? `“${schedule.name}” makes tasks again`
          : `“${schedule.name}” is enabled, but its file keeps it from making tasks`
        : `“${schedule.name}” makes no more tasks`,
  );
  load();
}

async function run(schedule) {
  await attempt(() => post(path(schedule.name, "run")), `A task of “${schedule.name}” was made`);
  load();
}

export function schedules() {
  if (!view.list && !view.error && !view.isLoading) queueMicrotask(load);
  return h(
    "div.page.schedules",
    h(
      "div.bar",
      h("h1", "Schedules"),
      h("span.grow"),
      button(view.isLoading ? "Reading…" : "Read again", load, { disabled: view.isLoading }),
    ),
    view.error && !view.list
      ? failure(view.error, load)
      : !view.list
        ? skeleton(5)
        : !view.list.length
          ? empty(
              "No schedule",
              "A file schedules/NAME.yaml in the spool makes tasks by the clock. Drop one there, and it appears here.",
            )
          : [
              h("p.quiet.note", "Files of the spool. Read anew when a task comes, starts or ends."),
              h("div.list", view.list.map(row)),
            ],
  );
}

function row(s) {
  const word = s.problem ? "invalid" : s.active ? "running" : "paused";
  return h(
    "div.item.schedule",
    { key: s.name, role: "group", "aria-label": `Schedule ${s.name}` },
    h(
      "div.main",
      h(
        "p.line",
        mark(word),
        h("span.name", s.name),
        s.rule && h("code", s.rule),
        h("span.quiet", s.timezone),
        h("span.quiet.next", s.next ? ["next ", when(s.next)] : s.active ? "never due again" : "makes no tasks"),
      ),
      s.problem && h("p.line.sub.problem", s.problem),
      h("p.line.sub", h("span.what", last(s.last)), h("span.quiet", state(s))),
      s.open.length > 0 &&
        h(
          "p.line.sub",
          h(
            "span.what",
            `${plural(s.open.length, "task")} not ended: `,
            s.open.map((id, i) => [i ? ", " : "", h("a", { href: taskLink(id) }, store.tasks.get(id)?.name ?? id)]),
          ),
        ),
    ),
    h(
      "div.acts",
      button("Run now", () => run(s), {
        kind: "small",
        disabled: !can("submit") || !!s.problem,
        name: `Run ${s.name} now`,
      }),
      s.disabled
        ? button("Enable", () => set(s, true), {
            key: "enable",
            kind: "small",
            disabled: !can("admin"),
            name: `Enable ${s.name}`,
          })
        : button("Disable", () => set(s, false), {
            key: "disable",
            kind: "small",
            disabled: !can("admin"),
            name: `Disable ${s.name}`,
          }),
    ),
  );
}

const state = (s) =>
  s.disabled ? "disabled" : s.problem ? "can't be followed" : s.active ? `overlap: ${s.overlap}` : "enabled: false";

/** What became of the last moment at which it was due. */
function last(one) {
  if (!one) return "Not due yet since it is there.";
  const words = { created: "made a task", skipped: "skipped", missed: "missed" };
  return [
    "Last: ",
    one.task ? h("a", { href: taskLink(one.task) }, words[one.outcome]) : (words[one.outcome] ?? one.outcome),
    " ",
    when(one.time),
    one.reason && `, ${one.reason}`,
  ];
}
