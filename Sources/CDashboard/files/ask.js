// What an agent asks, and the buttons that answer it.

import { attempt, post, taskPath } from "./api.js";
import { h } from "./dom.js";
import { can, changed } from "./store.js";
import { button, mark, when } from "./ui.js";
import { taskLink } from "./router.js";

/** What was chosen of questions with more than one answer, by ask. */
const drafts = new Map();
const sent = new Set();

async function answer(task, ask, body, words) {
  const id = `${task.id}/${ask.id}`;
  sent.add(id);
  changed();
  const isDone = await attempt(
    () => post(taskPath(task.id, `/asks/${encodeURIComponent(ask.id)}/answer`), body),
    words,
  );
  if (!isDone) sent.delete(id);
  drafts.delete(id);
  changed();
}

/** An ask with its answers; with `named`, also whose it is. */
export function askView(task, ask, named = true) {
  const id = `${task.id}/${ask.id}`;
  const isSent = sent.has(id);
  const allowed = can("answer");
  const isQuestion = ask.kind === "question" || ask.questions?.length;
  return h(
    "section.ask",
    { key: id, "aria-label": `${task.name} asks` },
    h(
      "div.ask-head",
      mark("waiting"),
      named ? h("a.name", { href: taskLink(task.id) }, task.name) : h("span.name", "The agent asks"),
      h("span.quiet", when(ask.time)),
    ),
    isQuestion ? questions(task, ask, id, isSent || !allowed) : permission(task, ask, isSent || !allowed),
    isSent
      ? h("p.quiet", "Answered; the agent goes on in a moment.")
      : !allowed && h("p.quiet", "Your token does not allow answers (scope answer)."),
  );
}

function permission(task, ask, disabled) {
  return h(
    "div.ask-body",
    h("p", "wants ", h("strong", String(ask.permission ?? "permission")), (ask.patterns ?? []).length > 0 && " for"),
    (ask.patterns ?? []).map((pattern) => h("pre.command", String(pattern))),
    h(
      "div.answers",
      button("Allow once", () => answer(task, ask, { reply: "once" }, "Allowed once"), { kind: "primary", disabled }),
      button("Reject", () => answer(task, ask, { reply: "reject" }, "Rejected"), { disabled }),
    ),
  );
}

function questions(task, ask, id, disabled) {
  const all = ask.questions ?? [];
  const only = all.length === 1 && !all[0].multiple && all[0].options?.length ? all[0] : null;
  const reject = button("Reject", () => answer(task, ask, { reply: "reject" }, "Rejected"), { disabled });
  if (only) {
    return h(
      "div.ask-body",
      h("p", heading(only)),
      h(
        "div.answers",
        only.options.map((option) => {
          const text = textOf(option);
          return button(text, () => answer(task, ask, { answers: [[text]] }, `Answered: ${text}`), {
            disabled,
            title: option.description,
          });
        }),
        reject,
      ),
    );
  }
  const draft = drafts.get(id) ?? all.map(() => []);
  const set = (i, values) => {
    draft[i] = values;
    drafts.set(id, draft);
    changed();
  };
  const isReady = all.every((q, i) => q.required === false || draft[i].length);
  return h(
    "form.ask-body",
    {
      onsubmit(event) {
        event.preventDefault();
        if (isReady) answer(task, ask, { answers: draft }, "Answered");
      },
    },
    all.map((q, i) =>
      h(
        "fieldset",
        { disabled },
        h("legend", heading(q)),
        q.options?.length
          ? q.options.map((option) => {
              const text = textOf(option);
              const on = draft[i].includes(text);
              return h(
                "label.choice",
                h("input", {
                  type: q.multiple ? "checkbox" : "radio",
                  name: `${id}-${i}`,
                  checked: on,
                  onchange: () =>
                    set(i, q.multiple ? (on ? draft[i].filter((t) => t !== text) : [...draft[i], text]) : [text]),
                }),
                h("span", text),
              );
            })
          : h("input", {
              type: q.type === "number" || q.type === "integer" ? "number" : "text",
              "aria-label": heading(q),
              value: draft[i][0] ?? "",
              oninput: (event) => set(i, event.target.value ? [event.target.value] : []),
            }),
      ),
    ),
    h("div.answers", h("button.primary", { type: "submit", disabled: disabled || !isReady }, "Send answer"), reject),
  );
}

const textOf = (option) => (typeof option === "string" ? option : String(option?.label ?? option?.value ?? ""));
/** Header and question, or the question alone where it says the same. */
function heading(q) {
  const [head, text] = [String(q.header ?? ""), String(q.question ?? "")];
  return !head || text.startsWith(head.slice(0, 24)) ? text || head : text ? `${head}: ${text}` : head;
}
