// Who is told of events, what waits for them, and what could not be delivered.

import { attempt, get, post, query } from "./api.js";
import { h } from "./dom.js";
import { number, plural, span, took } from "./format.js";
import { can, changed, now, store } from "./store.js";
import { button, empty, failure, mark, skeleton, when } from "./ui.js";
import { here, route, taskLink } from "./router.js";

const view = { endpoints: null, sources: [], error: null, pages: new Map(), tests: new Map(), isLoading: false };

export async function load() {
  if (view.isLoading) return;
  view.isLoading = true;
  try {
    const [outbox, sources] = await Promise.all([get("/api/webhooks/outbox"), get("/api/webhooks/sources")]);
    Object.assign(view, { endpoints: outbox.endpoints, sources: sources.sources, error: null });
    const open = route.params.get("endpoint");
    if (open) await loadPage(open);
  } catch (error) {
    view.error = error;
  }
  view.isLoading = false;
  changed();
}

async function loadPage(name) {
  const path = `/api/webhooks/outbox/${encodeURIComponent(name)}`;
  const pages = await Promise.all(
    ["failed", "new", "done"].map((state) => get(path + query({ state, limit: 50, order: "newest" }))),
  );
  view.pages.set(
    name,
    pages.flatMap((page) => page.deliveries ?? []),
  );
  changed();
}

/** The queues as the stream tells them: what is open is read anew. */
export function note(endpoints) {
  if (!view.endpoints || route.view !== "webhooks") {
    view.endpoints = null;
    return;
  }
  view.endpoints = endpoints;
  const open = route.params.get("endpoint");
  if (open) loadPage(open).catch(() => {});
}

async function retry(endpoint, number) {
  const path = `/api/webhooks/outbox/${encodeURIComponent(endpoint)}${number ? `/${number}` : ""}/retry`;
  await attempt(
    () => post(path),
    (answer) => `${plural(answer.retried, "delivery", "deliveries")} will be sent again`,
  );
  load();
}

async function test(name) {
  view.tests.set(name, { isRunning: true });
  changed();
  await attempt(async () => view.tests.set(name, await post(`/api/webhooks/outbox/${encodeURIComponent(name)}/test`)));
  if (view.tests.get(name)?.isRunning) view.tests.delete(name);
  changed();
}

export function webhooks() {
  if (!view.endpoints && !view.error && !view.isLoading) queueMicrotask(load);
  const open = route.params.get("endpoint");
  if (open && view.endpoints && !view.pages.has(open)) {
    view.pages.set(open, null);
    loadPage(open).catch(() => view.pages.delete(open));
  }
  return h(
    "div.page.webhooks",
    h("div.bar", h("h1", "Webhooks")),
    view.error && !view.endpoints
      ? failure(view.error, load)
      : !view.endpoints
        ? skeleton(5)
        : view.endpoints.length
          ? h(
              "div.list",
              view.endpoints.map((e) => endpoint(e, open === e.name)),
            )
          : empty(
              "Nobody is told",
              "Name an endpoint in the configuration (bus.webhook_url), or in a task's notify, and each event is delivered there, signed and in order.",
            ),
    view.sources.length > 0 &&
      h(
        "section.group",
        h("h2", "Taken in"),
        h(
          "div.list",
          view.sources.map((s) =>
            h(
              "div.item.plain",
              { key: s.name },
              h("span.line", h("code", `POST /api/webhooks/${s.name}`)),
              h(
                "span.line.sub",
                h(
                  "span.what",
                  `${s.kind}, ${s.verification === "none" ? "not signed" : s.verification}`,
                  s.rules ? `, ${plural(s.rules, "rule")}` : "",
                ),
              ),
            ),
          ),
        ),
      ),
  );
}

function endpoint(e, isOpen) {
  const result = view.tests.get(e.name);
  return h(
    "section.endpoint",
    { key: e.name, "aria-label": `Endpoint ${e.name}` },
    h(
      "div.item",
      h(
        "a.main",
        { href: here({ endpoint: isOpen ? null : e.name }), "aria-expanded": String(isOpen) },
        h(
          "span.line",
          mark(e.disabled ? "cancelled" : e.failed ? "failed" : e.new ? "running" : "completed"),
          h("span.name", e.name),
          h("span.quiet.where", e.url),
        ),
        h(
          "span.line.sub",
          h(
            "span.what",
            e.disabled
              ? `disabled: ${e.disabled}`
              : [`${number(e.done)} delivered`, `${number(e.new)} waiting`, e.failed && `${number(e.failed)} given up`]
                  .filter(Boolean)
                  .join(" · "),
          ),
          h(
            "span.quiet",
            [e.format, e.signed ? "signed" : "not signed", e.origin === "task" ? "named by a task" : null]
              .filter(Boolean)
              .join(", "),
          ),
        ),
      ),
      can("admin") &&
        h(
          "div.acts",
          e.origin !== "task" &&
            button(result?.isRunning ? "Sending…" : "Send test", () => test(e.name), {
              kind: "small",
              disabled: !!result?.isRunning,
              name: `Send ${e.name} a test`,
            }),
          e.failed > 0 && button("Retry all", () => retry(e.name), { kind: "small", name: `Retry all of ${e.name}` }),
        ),
    ),
    result &&
      !result.isRunning &&
      h(
        "p.test",
        { class: result.ok ? "good" : "bad", role: "status" },
        mark(result.ok ? "verified" : "failed"),
        result.status
          ? `answered ${result.status} after ${result.latency_ms} ms${result.answer ? ": " + result.answer.slice(0, 200) : ""}`
          : result.error,
      ),
    isOpen && deliveries(e.name),
  );
}

function deliveries(name) {
  const list = view.pages.get(name);
  if (!list) return skeleton(3);
  if (!list.length) return h("p.quiet.pad", "Nothing was to be delivered yet.");
  const titles = { failed: "Given up", new: "Waiting", done: "Delivered" };
  return h(
    "div.deliveries",
    ["failed", "new", "done"].map((state) => {
      const some = list.filter((d) => d.state === state);
      return (
        some.length > 0 &&
        h(
          "section",
          { key: state },
          h("h3", titles[state]),
          h(
            "div.list",
            some.map((d) => delivery(name, d)),
          ),
        )
      );
    }),
  );
}

function delivery(name, d) {
  const last = d.last;
  const next = last?.next && Date.parse(last.next) / 1000 - now();
  return h(
    "div.item.delivery",
    { key: d.number },
    h(
      "a.main",
      { href: taskLink(d.task_id) },
      h(
        "span.line",
        h("span.no", `#${d.number}`),
        h("span", d.event.replace("TASK_", "").toLowerCase()),
        h("span.name", store.tasks.get(d.task_id)?.name ?? d.task_id),
      ),
      h(
        "span.line.sub",
        h(
          "span.what",
          !last
            ? "not tried yet"
            : last.outcome === "delivered"
              ? `answered ${last.status} in ${took(last.latency_ms / 1000)}`
              : last.outcome === "requested"
                ? "asked to be sent again"
                : (last.error ?? `answered ${last.status}`),
        ),
        h(
          "span.quiet",
          plural(d.attempts, "attempt"),
          last && [" · ", when(last.time)],
          next > 0 && ` · next in ${span(next)}`,
        ),
      ),
    ),
    can("admin") &&
      h(
        "div.acts",
        button("Send again", () => retry(name, d.number), { kind: "small", name: `Send delivery ${d.number} again` }),
      ),
  );
}
