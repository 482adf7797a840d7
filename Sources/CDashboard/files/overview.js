// What there is to see at a glance.

import { attempt, get, send } from "./api.js";
import { askView } from "./ask.js";
import { bars, days, measured, weave } from "./charts.js";
import { h, lazy } from "./dom.js";
import { clock, compact, money, number, plural, span, tail } from "./format.js";
import { can, changed, now, store } from "./store.js";
import { button, confirm, empty, failure, mark, outcome, skeleton, usage as figures, verdict, when } from "./ui.js";
import { link, taskLink } from "./router.js";
import { run } from "./deeds.js";

const box = measured(changed);
const plots = measured(changed);
let usage = null;
let usageFor = -1;
let isLoading = false;
let readAt = 0;
let later = 0;
/** Where things end all the time, this is read no more often. */
const usagePause = 10_000;

/** Reads what was used by day: at first, and when something has ended since. */
async function readUsage() {
  const ended = endedCount();
  if (isLoading || usageFor === ended || !store.overview) return;
  const wait = readAt + usagePause - Date.now();
  if (wait > 0) {
    later ||= setTimeout(() => {
      later = 0;
      changed();
    }, wait);
    return;
  }
  isLoading = true;
  try {
    usage = await get("/api/usage?by=day&from=" + new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10));
  } catch {
    usage ??= { groups: [] };
  }
  usageFor = ended;
  readAt = Date.now();
  isLoading = false;
  changed();
}

const endedCount = () => store.overview.states.done.count + store.overview.states.failed.count;

export const fresh = (list) => list.map((task) => store.tasks.get(task.id) ?? task);

export function overview() {
  const seen = store.overview;
  if (!seen) {
    return h(
      "div.page",
      h("h1.hidden", "Overview"),
      store.failure && !store.needsToken ? failure(store.failure, store.reload) : skeleton(8),
    );
  }
  readUsage();
  const running = fresh(seen.running)
    .filter((task) => task.state === "running")
    .sort((a, b) => a.started_at - b.started_at);
  const ended = fresh(seen.ended)
    .filter((task) => task.ended_at)
    .sort((a, b) => b.ended_at - a.ended_at);
  const asking = running.filter((task) => task.asks?.length);
  const { states } = seen;
  const isNew = !states.new.count && !states.running.count && !states.done.count && !states.failed.count;
  return h(
    "div.page.overview",
    h("h1.hidden", "Overview"),
    asking.length > 0 &&
      h(
        "div.asks",
        { role: "region", "aria-label": "Waiting for you" },
        asking.flatMap((task) => task.asks.map((ask) => askView(task, ask))),
      ),
    flow(states, running, asking),
    isNew
      ? firstSteps()
      : h(
          "div.loom",
          { mount: box.mount, unmount: box.unmount, "data-width": box.width },
          box.width > 0 &&
            (weave([...running, ...ended], box.width, box.width < 560 ? 7 : 12) ??
              h("p.quiet.pad", "Threads appear here as tasks are worked on.")),
        ),
    !isNew &&
      h(
        "div.columns",
        h(
          "section",
          h("h2", "Running now", running.length > 0 && h("span.count", running.length)),
          running.length ? h("div.list", running.map(runningRow)) : idle(states),
        ),
        h(
          "section",
          h("h2", "Latest verdicts"),
          ended.length ? h("div.list", ended.slice(0, 8).map(endedRow)) : h("p.quiet", "Nothing has ended yet."),
        ),
      ),
    h("div.columns.plots", { mount: plots.mount, unmount: plots.unmount }, plots.width > 0 && daily()),
    health(),
  );
}

function flow(states, running, asking) {
  const working = running.filter((task) => !task.asks?.length);
  const oldest = (list, at) => (list.length ? Math.max(...list.map((t) => now() - at(t))) : null);
  const askedFor = oldest(
    asking.flatMap((t) => t.asks),
    (ask) => Date.parse(ask.time) / 1000,
  );
  const cell = (word, label, count, sub, params, hot) =>
    h(
      "a.cell",
      { href: link("tasks", params), class: hot ? "hot " + hot : "" },
      h("span.label", mark(word), label),
      h("span.numeral", number(count)),
      h("span.sub", sub ?? "\u00a0"),
    );
  const age = (state) => (states[state].oldest_at ? `oldest ${span(now() - states[state].oldest_at)}` : null);
  return h(
    "nav.flow",
    { "aria-label": "Tasks by state" },
    cell("pending", "New", states.new.count, age("new"), { state: "new" }),
    cell(
      "running",
      "Running",
      Math.max(0, states.running.count - asking.length),
      working.length ? `longest ${span(oldest(working, (t) => t.started_at))}` : null,
      { state: "running" },
      working.length && "run",
    ),
    cell(
      "waiting",
      "Asking you",
      asking.length,
      askedFor !== null ? `for ${span(askedFor)}` : null,
      { state: "waiting" },
      asking.length && "ask",
    ),
    cell("completed", "Done", states.done.count, age("done"), { state: "done" }),
    cell("failed", "Failed", states.failed.count, age("failed"), { state: "failed" }, states.failed.count && "bad"),
  );
}

function runningRow(task) {
  const seen = task.activity;
  const isAsking = task.asks?.length > 0;
  return h(
    "div.item",
    { key: task.id },
    h(
      "a.main",
      { href: taskLink(task.id) },
      h(
        "span.line",
        mark(task.hold ? "paused" : isAsking ? "waiting" : "running"),
        h("span.name", task.name),
        h("span.clock", clock(now() - (task.started_at ?? task.updated_at))),
      ),
      h(
        "span.line.sub",
        h("span.where", { title: task.workspace }, tail(task.workspace)),
        h(
          "span.what",
          isAsking
            ? "waits for your answer"
            : seen?.tool
              ? h("span", h("code", String(seen.tool)), seen.message && ` ${seen.message}`)
              : (seen?.message ?? "starting"),
        ),
        seen?.updated && h("span.quiet", when(seen.updated, "active ")),
      ),
    ),
    can("admin") &&
      h(
        "div.acts",
        button(task.hold ? "Release" : "Hold", () => run(task.hold ? "release" : "hold", [task.id]), {
          kind: "small",
          name: `${task.hold ? "Release" : "Hold"} ${task.name}`,
        }),
        button("Cancel", () => run("abort", [task.id]), { kind: "small", name: `Cancel ${task.name}` }),
      ),
  );
}

const endedRow = (task) =>
  h(
    "a.item.main",
    { key: task.id, href: taskLink(task.id) },
    h("span.line", verdict(task), h("span.name", task.name), h("span.quiet", when(task.ended_at))),
    h("span.line.sub", h("span.what", outcome(task)), figures(task.outcome?.tokens, task.outcome?.cost)),
  );

function idle(states) {
  if (store.status.paused)
    return h(
      "p.quiet",
      "Paused: nothing is started. ",
      states.new.count ? `${plural(states.new.count, "task")} wait.` : "",
    );
  const down = store.status.opencode && !store.status.opencode.ok;
  if (down && states.new.count) return h("p.quiet", `${plural(states.new.count, "task")} wait for OpenCode.`);
  return h(
    "p.quiet",
    "Nothing runs. ",
    can("submit") && h("button.textual", { type: "button", onclick: store.create }, "Start a task"),
  );
}

function firstSteps() {
  return empty(
    "No task yet",
    "Write what is to be done, drop a file onto this page, or put one into the inbox. What the agent claims and what is found on disk will stand side by side.",
    button("New task", store.create, { kind: "primary" }),
  );
}

function daily() {
  const wide = plots.width >= 720;
  const width = wide ? Math.floor((plots.width - 48) / 2) : plots.width;
  return lazy(
    [usage, width, new Date().getDate()],
    () => {
      const rows = days(usage, width < 420 ? 14 : 30);
      const today = rows.at(-1);
      const sum = (name) => rows.reduce((all, row) => all + (row[name] ?? 0), 0);
      const title = (row, text) => `${row.key}: ${text}`;
      return h(
        "div.columns",
        h(
          "section",
          h(
            "h2",
            "Ended per day",
            h("span.count", usage ? `${compact((today.done ?? 0) + (today.failed ?? 0))} today` : "…"),
          ),
          bars(
            rows.map((row) => ({
              at: row.at,
              parts: [row.done ?? 0, row.failed ?? 0],
              title: title(row, `${row.done ?? 0} done, ${row.failed ?? 0} failed`),
            })),
            {
              width,
              tones: ["good", "bad"],
              format: (v) => compact(v),
              label: `Tasks ended per day: ${sum("done")} done and ${sum("failed")} failed in ${rows.length} days`,
            },
          ),
        ),
        h(
          "section",
          h("h2", "Cost per day", h("span.count", usage ? `${money(today.cost ?? 0)} today` : "…")),
          bars(
            rows.map((row) => ({
              at: row.at,
              parts: [row.cost ?? 0],
              title: title(row, `${money(row.cost ?? 0)}, ${compact(row.totalTokens ?? 0)} tokens`),
            })),
            {
              width,
              tones: ["run"],
              format: money,
              label: `Cost per day: ${money(sum("cost"))} in ${rows.length} days`,
            },
          ),
        ),
      );
    },
    "daily",
  );
}

function health() {
  const status = store.status;
  const servers = status.servers ?? (status.opencode ? [status.opencode] : []);
  const endpoints = status.endpoints ?? [];
  const behind = endpoints.reduce((all, e) => all + e.failed, 0);
  return h(
    "div.health",
    h(
      "section",
      h("h2", "OpenCode"),
      servers.length
        ? servers.map((server) =>
            h(
              "p.state",
              { class: server.ok ? "good" : "bad" },
              mark(server.ok ? "completed" : "failed"),
              h(
                "span",
                server.ok
                  ? `OpenCode ${server.version} at ${String(server.url).replace(/^https?:\/\//, "")}`
                  : server.message,
              ),
              server.ok && server.events === false && h("span.quiet", " no event stream; asking instead"),
            ),
          )
        : h("p.quiet", "Not asked yet"),
    ),
    h(
      "section",
      h("h2", "Webhooks"),
      endpoints.length
        ? h(
            "p.state",
            { class: behind ? "bad" : "good" },
            mark(behind ? "failed" : "completed"),
            h(
              "a",
              { href: link("webhooks") },
              behind
                ? `${plural(behind, "delivery", "deliveries")} given up`
                : `${plural(endpoints.length, "endpoint")}, nothing given up`,
            ),
            h(
              "span.quiet",
              ` ${plural(
                endpoints.reduce((all, e) => all + e.new, 0),
                "waits",
                "wait",
              )}`,
            ),
          )
        : h("p.quiet", "None configured"),
    ),
    h(
      "section",
      h("h2", "Switches"),
      toggle("pause", "Start tasks", !status.paused, "New tasks are started", "No task is started"),
      toggle("closed", "Accept tasks", !status.closed, "New tasks are accepted", "Nothing is accepted"),
    ),
  );
}

function toggle(name, label, isOn, yes, no) {
  return h(
    "div.switch",
    h(
      "button",
      {
        type: "button",
        role: "switch",
        "aria-checked": String(isOn),
        "aria-label": label,
        disabled: !can("admin"),
        title: isOn ? yes : no,
        onclick: async () => {
          if (
            isOn &&
            name === "closed" &&
            !(await confirm(
              "Stop accepting tasks?",
              "REST answers 503 and files stay in the inbox until this is switched on again. Tasks that are there go on.",
              "Stop accepting",
            ))
          )
            return;
          await attempt(() => send(isOn ? "PUT" : "DELETE", `/api/${name}`), isOn ? no : yes);
        },
      },
      h("span.knob"),
    ),
    h("span", label),
    !isOn && h("span.quiet", no),
  );
}
