// What is around every view: where one can go, how it is connected, what stands above all.

import { h } from "./dom.js";
import { compact, second, span } from "./format.js";
import { can, changed, dismiss, store } from "./store.js";
import { button, icon, iconButton } from "./ui.js";
import { link, route, titles, views } from "./router.js";
import { hurry } from "./live.js";
import * as create from "./create.js";

export function rail() {
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

export function banner() {
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

export const toasts = () =>
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
  );

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
