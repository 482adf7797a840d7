// Tokens and cost: by day, by model, by workspace, by task.

import { get, query } from "./api.js";
import { bars, days, measured } from "./charts.js";
import { h } from "./dom.js";
import { compact, money, number, plural, tail } from "./format.js";
import { changed, store } from "./store.js";
import { empty, failure, skeleton } from "./ui.js";
import { here, route, taskLink } from "./router.js";

const periods = [
  ["1", "Today"],
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["all", "All"],
];
const box = measured(changed);
const view = { key: null, data: null, error: null };

const place = "openloom.period";

/** That of the address, and else the one that was chosen last. */
function chosen() {
  const period = route.params.get("period");
  if (period) localStorage.setItem(place, period);
  return period ?? localStorage.getItem(place) ?? "30";
}

const since = (period) => {
  if (period === "all") return undefined;
  const date = new Date();
  date.setDate(date.getDate() - Number(period) + 1);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
};

export async function load() {
  const period = chosen();
  view.key = period;
  try {
    const from = since(period);
    const [day, model, workspace, task] = await Promise.all(
      ["day", "model", "workspace", "task"].map((by) =>
        get("/api/usage" + query({ by, from, limit: by === "day" ? undefined : 50 })),
      ),
    );
    if (view.key === period) Object.assign(view, { data: { day, model, workspace, task }, error: null });
  } catch (error) {
    view.error = error;
  }
  changed();
}

export function usage() {
  const period = chosen();
  if (view.key !== period) {
    view.key = period;
    queueMicrotask(load);
  }
  const { data } = view;
  return h(
    "div.page.usage",
    h(
      "div.bar",
      h("h1", "Usage"),
      h(
        "div.segments",
        { role: "group", "aria-label": "Period" },
        periods.map(([key, label]) =>
          h("a", { href: here({ period: key }), "aria-current": key === period ? "true" : null }, label),
        ),
      ),
    ),
    view.error && !data ? failure(view.error, load) : !data ? skeleton(7) : page(data, period),
  );
}

function page(data, period) {
  const { total } = data.model;
  if (!total.totalTokens && !total.cost)
    return empty(
      "Nothing was used",
      "Tokens and cost are read from each task's result, and stay there when sessions are deleted.",
    );
  const t = total.tokens;
  const known =
    period === "all"
      ? Math.max(7, Math.ceil((Date.now() - Date.parse(data.day.groups[0]?.key ?? new Date())) / 86_400_000) + 1)
      : Math.max(7, Number(period));
  const rows = days(data.day, Math.min(known, 120));
  const input = t.cacheRead + t.input;
  const figure = (label, value, sub) =>
    h("div.figurebox", h("span.label", label), h("span.numeral", value), h("span.sub", sub ?? "\u00a0"));
  return [
    h(
      "div.figures-row",
      figure("Cost", money(total.cost), plural(total.sessionCount, "session")),
      figure("Tokens", compact(total.totalTokens), `${compact(t.input)} in · ${compact(t.output)} out`),
      figure("Reasoning", compact(t.reasoning), "of the tokens"),
      figure(
        "From cache",
        input ? `${Math.round((t.cacheRead / input) * 100)} %` : "–",
        `${compact(t.cacheRead)} read · ${compact(t.cacheWrite)} written`,
      ),
    ),
    h("div.columns.plots", { mount: box.mount, unmount: box.unmount }, box.width > 0 && plot(rows)),
    table("By model", data.model, (g) => g.key),
    table("By workspace", data.workspace, (g) => tail(g.key, 3)),
    table(
      "By task",
      data.task,
      (g) => g.title || store.tasks.get(g.key)?.name || g.key,
      (g) => taskLink(g.key),
    ),
    h("p.quiet.note", `Days are those of ${data.day.timezone}. Cost is what OpenCode says, in US dollars.`),
  ];
}

function plot(rows) {
  const width = box.width >= 720 ? Math.floor((box.width - 48) / 2) : box.width;
  const fit = rows.slice(-Math.max(7, Math.floor(width / 7)));
  const sum = (name) => fit.reduce((all, row) => all + (row[name] ?? 0), 0);
  return h(
    "div.columns",
    h(
      "section",
      h("h2", "Cost per day"),
      bars(
        fit.map((r) => ({ at: r.at, parts: [r.cost ?? 0], title: `${r.key}: ${money(r.cost ?? 0)}` })),
        { width, tones: ["run"], format: money, label: `Cost per day: ${money(sum("cost"))} in ${fit.length} days` },
      ),
    ),
    h(
      "section",
      h("h2", "Tokens per day"),
      bars(
        fit.map((r) => ({
          at: r.at,
          parts: [
            r.tokens?.output ?? 0,
            r.tokens?.input ?? 0,
            (r.totalTokens ?? 0) - (r.tokens?.output ?? 0) - (r.tokens?.input ?? 0),
          ],
          title: `${r.key}: ${number(r.totalTokens ?? 0)} tokens, ${number(r.tokens?.output ?? 0)} of them output`,
        })),
        {
          width,
          tones: ["good", "run", "calm"],
          format: compact,
          label: `Tokens per day: ${compact(sum("totalTokens"))} in ${fit.length} days`,
        },
      ),
    ),
  );
}

function table(title, data, nameOf, linkOf) {
  const most = Math.max(...data.groups.map((g) => g.cost), 0);
  const mostTokens = Math.max(...data.groups.map((g) => g.totalTokens), 1);
  const rows = data.groups.filter((g) => g.totalTokens || g.cost).slice(0, 50);
  return h(
    "section.group",
    h("h2", title),
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": title },
      h(
        "table.data",
        h(
          "thead",
          h(
            "tr",
            h(
              "th",
              { scope: "col" },
              title.replace("By ", "").replace(/^./, (c) => c.toUpperCase()),
            ),
            h("th.num", { scope: "col" }, "Cost"),
            h("th.num", { scope: "col" }, "Tokens"),
            h("th.num.wide", { scope: "col" }, "In"),
            h("th.num.wide", { scope: "col" }, "Out"),
            h("th.num.wide", { scope: "col" }, "Cache"),
            h("th.num", { scope: "col" }, "Sessions"),
          ),
        ),
        h(
          "tbody",
          rows.map((g) =>
            h(
              "tr",
              { key: g.key },
              h(
                "th",
                { scope: "row", title: g.key },
                h("span.meter", { style: { "--part": String(most ? g.cost / most : g.totalTokens / mostTokens) } }),
                linkOf ? h("a", { href: linkOf(g) }, nameOf(g)) : h("span", nameOf(g)),
              ),
              h("td.num", money(g.cost)),
              h("td.num", compact(g.totalTokens)),
              h("td.num.wide", compact(g.tokens.input)),
              h("td.num.wide", compact(g.tokens.output)),
              h("td.num.wide", compact(g.tokens.cacheRead)),
              h("td.num", number(g.sessionCount)),
            ),
          ),
        ),
      ),
    ),
  );
}
