// A conversation with an agent: what was said, and which tools were used.

import { h, lazy } from "./dom.js";
import { compact, cut, money, second, took } from "./format.js";
import { changed } from "./store.js";

const longest = 6000;
const whole = new Set();
const open = new Set();

/** Messages as OpenCode 1 has them, `{info, parts}`, and what older ones call so. */
export function transcript(messages, { isLive = false } = {}) {
  const shown = messages.filter((message) => partsOf(message).length);
  if (!shown.length) return h("p.quiet", isLive ? "The agent has not said anything yet." : "Nothing was said.");
  return h(
    "ol.transcript",
    { "aria-label": "Conversation" },
    shown.map((message, i) => {
      const id = message.info?.id ?? String(i);
      const isLast = isLive && i === shown.length - 1;
      return lazy(
        [JSON.stringify(message).length, isLast, [...whole].length, [...open].length],
        () => messageView(message, id, isLast),
        id,
      );
    }),
  );
}

const partsOf = (message) =>
  (message.parts ?? message.content ?? []).filter(
    (part) =>
      part &&
      (part.type === "text" || part.type === "reasoning" || !part.type
        ? part.text && !part.synthetic
        : part.type === "tool" || part.type?.startsWith?.("tool")),
  );

function messageView(message, id, isLast) {
  const info = message.info ?? message;
  const role = info.role ?? "message";
  const at = info.time?.created / 1000;
  const error = info.error?.data?.message ?? info.error?.message ?? info.error?.name;
  return h(
    "li.message",
    { class: role },
    h(
      "header",
      h("span.who", role === "user" ? "Task" : (info.agent ?? "Agent")),
      at > 0 &&
        h(
          "time",
          { datetime: new Date(at * 1000).toISOString(), title: new Date(at * 1000).toLocaleString() },
          second(at),
        ),
      info.modelID && h("span.quiet", info.modelID),
      info.tokens?.output > 0 &&
        h(
          "span.quiet",
          `${compact(info.tokens.input + info.tokens.output)} tok`,
          info.cost ? ` · ${money(info.cost)}` : "",
        ),
    ),
    partsOf(message).map((part, k) => partView(part, part.id ?? `${id} ${k}`)),
    error && h("p.problem", String(error)),
    isLast && role !== "user" && !info.time?.completed && h("span.pulse", { "aria-label": "still at work" }),
  );
}

function text(content, id, kind = "div.text") {
  const isWhole = whole.has(id) || content.length <= longest;
  return [
    h(kind, isWhole ? content : cut(content, longest)),
    !isWhole &&
      h(
        "button.textual",
        {
          type: "button",
          onclick: () => {
            whole.add(id);
            changed();
          },
        },
        `Show all ${compact(content.length)} characters`,
      ),
  ];
}

function partView(part, id) {
  if (part.type === "text" || !part.type) return text(String(part.text), id);
  if (part.type === "reasoning")
    return fold(id, h("span.quiet", "Thought"), () => text(String(part.text), id, "div.text.quiet"));
  const state = part.state ?? {};
  const name = part.tool ?? part.name ?? "tool";
  const input = state.input ?? part.input ?? part.args ?? {};
  const status = state.status ?? part.status ?? "";
  const output = state.output ?? state.error ?? part.output ?? "";
  const time = state.time?.end && state.time?.start ? (state.time.end - state.time.start) / 1000 : null;
  return fold(
    id,
    [
      h("code.tool", name),
      h("span.brief", brief(input, state.title)),
      h("span.status", { class: status }, status === "completed" ? (time ? took(time) : "") : status),
    ],
    () => [
      h("pre", cut(typeof input === "string" ? input : JSON.stringify(input, null, 2), longest)),
      output && text(typeof output === "string" ? output : JSON.stringify(output, null, 2), id, "pre.output"),
    ],
  );
}

/** What a tool is used on, in a line. */
function brief(input, title) {
  if (typeof input === "string") return cut(input, 160);
  const value =
    input.command ??
    input.filePath ??
    input.path ??
    input.pattern ??
    input.url ??
    input.description ??
    title ??
    Object.values(input).find((v) => typeof v === "string");
  return value ? cut(String(value), 160) : "";
}

function fold(id, head, body) {
  const isOpen = open.has(id);
  return h(
    "div.fold",
    { key: id },
    h(
      "button.fold-head",
      {
        type: "button",
        "aria-expanded": String(isOpen),
        onclick: () => {
          isOpen ? open.delete(id) : open.add(id);
          changed();
        },
      },
      head,
    ),
    isOpen && h("div.fold-body", body()),
  );
}
