// Plots as SVG: the weave of tasks over time, and bars by day.

import { h } from "./dom.js";
import { clock, day, hour, second } from "./format.js";
import { now } from "./store.js";
import { nameOf, toneOf, wordOf } from "./ui.js";
import { taskLink } from "./router.js";

const steps = [15, 30, 60, 120, 300, 600, 1800, 3600, 2 * 3600, 4 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400];

/**
 * Each task is a thread: thin while it waits, thick while it is worked on, coloured by how it ended. Threads that do not
 * touch share a line. The newest edge is now.
 */
export function weave(tasks, width, most = 12) {
  const end = now();
  const threads = tasks
    .filter((task) => task.started_at)
    .map((task) => ({
      task,
      from: task.started_at,
      queued: Math.min(task.created_at, task.started_at),
      to: task.ended_at ?? end,
    }))
    .sort((a, b) => a.from - b.from);
  if (!threads.length) return null;
  // As far back as lets most of them be seen as more than a dot.
  const oldest = threads[Math.floor(threads.length * 0.15)].from;
  const span = Math.max(60, (end - oldest) * 1.03);
  const start = end - span;
  const inner = width - 2;
  const x = (t) => ((Math.max(start, t) - start) / span) * inner;
  const lanes = [];
  const placed = [];
  for (const thread of threads) {
    if (thread.to < start) continue;
    const [left, right] = [x(thread.from), Math.max(x(thread.to), x(thread.from) + 4)];
    let lane = lanes.findIndex((edge) => edge + 6 <= left);
    if (lane < 0) {
      if (lanes.length >= most) lane = lanes.indexOf(Math.min(...lanes));
      else lane = lanes.push(-Infinity) - 1;
    }
    const before = lanes[lane];
    lanes[lane] = right;
    placed.push({ ...thread, left, right, lane, before });
  }
  const pitch = 20;
  const height = lanes.length * pitch + 26;
  const next = new Map();
  for (const t of [...placed].reverse()) {
    t.after = next.get(t.lane) ?? inner;
    next.set(t.lane, t.left);
  }
  const step = steps.find((s) => (s / span) * inner >= 84) ?? steps.at(-1);
  const zone = new Date().getTimezoneOffset() * 60;
  const ticks = [];
  for (let t = Math.ceil((start - zone) / step) * step + zone; t < end; t += step) ticks.push(t);
  const label = step < 60 ? second : step >= 86_400 ? day : hour;
  return h(
    "svg.weave",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `${placed.length} tasks of the last ${clock(span)}; the lists below name them`,
    },
    ticks.map((t) =>
      h(
        "g",
        { key: "t" + t },
        h("line.tick", { x1: x(t), x2: x(t), y1: 0, y2: height - 20 }),
        x(t) > 24 && x(t) < inner - 36 && h("text.axis", { x: x(t), y: height - 5, "text-anchor": "middle" }, label(t)),
      ),
    ),
    h("line.now", { x1: inner, x2: inner, y1: 0, y2: height - 20 }),
    h("text.axis", { x: inner, y: height - 5, "text-anchor": "end" }, "now"),
    placed.map((t) => {
      const y = t.lane * pitch + pitch / 2;
      const word = wordOf(t.task);
      const length = Math.max(3, t.right - t.left);
      const queue = x(t.queued);
      const room = t.after - t.right - 12;
      const text =
        t.task.name.length * 6.2 > room
          ? t.task.name.slice(0, Math.max(0, Math.floor(room / 6.2) - 1)) + "…"
          : t.task.name;
      return h(
        "a",
        { key: t.task.id, href: taskLink(t.task.id), tabindex: -1, "aria-hidden": "true" },
        h("title", `${t.task.name}: ${nameOf(word)}, ${clock(t.to - t.from)}`),
        h("rect.hit", { x: t.left - 2, y: y - 10, width: length + 4, height: 20 }),
        queue < t.left - 2 && queue > t.before && h("line.queue", { x1: queue, x2: t.left, y1: y, y2: y }),
        h(`rect.thread.${toneOf(word)}`, { x: t.left, y: y - 3.5, width: length, height: 7, rx: 3.5 }),
        text.length >= Math.min(10, t.task.name.length) &&
          t.task.ended_at &&
          h("text.label", { x: t.right + 6, y: y + 4 }, text),
      );
    }),
  );
}

/**
 * Bars by day. `rows`: `{at, parts: [number…], title}`; `tones` name the parts from the bottom. `format` writes the scale.
 */
export function bars(rows, { width, height = 120, tones, format, label }) {
  const top = Math.max(...rows.map((row) => row.parts.reduce((a, b) => a + b, 0)), 0);
  const most = nice(top);
  const plot = height - 34;
  const left = 0;
  const pitch = (width - left) / rows.length;
  const bar = Math.max(2, Math.min(22, pitch * 0.62));
  const every = Math.ceil(56 / pitch);
  const y = (value) => 14 + plot - (most ? (value / most) * plot : 0);
  return h(
    "svg.bars",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    [most, most / 2].map((value) =>
      h(
        "g",
        h("line.tick", { x1: left, x2: width, y1: y(value), y2: y(value) }),
        top > 0 && h("text.axis", { x: left, y: y(value) - 4 }, format(value)),
      ),
    ),
    h("line.base", { x1: left, x2: width, y1: y(0) + 0.5, y2: y(0) + 0.5 }),
    rows.map((row, i) => {
      const center = left + pitch * i + pitch / 2;
      let sum = 0;
      return h(
        "g.day",
        { key: row.at },
        h("title", row.title),
        h("rect.hit", { x: left + pitch * i, y: 0, width: pitch, height: height - 18 }),
        row.parts.map((value, k) => {
          const from = y(sum);
          sum += value;
          const size = Math.max(value > 0 ? 1.5 : 0, from - y(sum));
          return (
            value > 0 &&
            h(`rect.bar.${tones[k]}`, {
              x: center - bar / 2,
              y: from - size,
              width: bar,
              height: size,
              rx: Math.min(1.5, size / 2),
            })
          );
        }),
        (rows.length - 1 - i) % every === 0 &&
          h(
            "text.axis",
            {
              x: i === rows.length - 1 ? width : Math.max(16, center),
              y: height - 4,
              "text-anchor": i === rows.length - 1 ? "end" : "middle",
            },
            i === rows.length - 1 ? "today" : day(row.at),
          ),
      );
    }),
  );
}

function nice(value) {
  if (value <= 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((m) => m * unit).find((m) => m >= value * 0.999);
}

/** The last `count` days of `/api/usage?by=day`, those without anything too. */
export function days(usage, count) {
  const known = new Map((usage?.groups ?? []).map((group) => [group.key, group]));
  const result = [];
  const today = new Date();
  for (let i = count - 1; i >= 0; i--) {
    const date = new Date(today.getFullYear(), today.getMonth(), today.getDate() - i, 12);
    const key = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
    result.push({ at: date.getTime() / 1000, key, ...known.get(key) });
  }
  return result;
}

/** The width that an element has, for plots: `measure.of(el)` as `mount`. */
export function measured(then) {
  const box = { width: 0 };
  let observer;
  box.mount = (el) => {
    observer = new ResizeObserver(() => {
      const width = Math.floor(el.clientWidth);
      if (width && width !== box.width) {
        box.width = width;
        then();
      }
    });
    observer.observe(el);
    box.width = Math.floor(el.clientWidth);
    then();
  };
  box.unmount = () => observer.disconnect();
  return box;
}
