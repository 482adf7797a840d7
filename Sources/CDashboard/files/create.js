// New tasks: by a form, and by files that are dropped anywhere.

import { attempt, Refusal, get, post, query, send } from "./api.js";
import { h } from "./dom.js";
import { bytes, tail } from "./format.js";
import { can, changed, store, toast } from "./store.js";
import { button, dialog, icon, iconButton, mark } from "./ui.js";
import { go, here } from "./router.js";
import { readWorkspaces, recent } from "./tasks.js";

const accepted = ".md,.txt,.yaml,.yml,.json,.docx";
/** What the form has a place for; what is wrong elsewhere is said below it. */
const fields = ["goal", "name", "workspace", "verify", "model", "agent", "priority"];
const blank = () => ({
  name: "",
  goal: "",
  workspace: "",
  sessionId: "",
  sessionTitle: "",
  model: "",
  agent: "",
  priority: "5",
  timeout: "",
  cost: "",
  verify: "",
});

let form = blank();
let errors = [];
let isSending = false;
let browsing = null;
let files = [];
let dragDepth = 0;

export function open(more = {}) {
  if (!can("submit")) return toast("Your token does not allow new tasks (scope submit).", { kind: "bad" });
  form = { ...form, sessionId: more.sessionId ?? "", sessionTitle: more.title ?? "" };
  errors = [];
  store.dialog = { kind: "create" };
  readWorkspaces().then((list) => {
    if (!form.workspace && list.length) form.workspace = list[0];
    changed();
  });
  changed();
}

const close = () => {
  store.dialog = null;
  browsing = null;
  files = files.filter((f) => !f.done);
  changed();
};

const set = (name) => (event) => {
  form[name] = event.target.value;
  errors = errors.filter((e) => e.pointer?.split("/")[1] !== name);
  changed();
};

async function submit(event) {
  event.preventDefault();
  if (isSending) return;
  isSending = true;
  errors = [];
  changed();
  const body = { goal: form.goal };
  if (form.name.trim()) body.name = form.name.trim();
  if (form.sessionId) body.sessionId = form.sessionId;
  else body.workspace = form.workspace.trim();
  if (form.model.trim()) body.model = form.model.trim();
  if (form.agent.trim()) body.agent = form.agent.trim();
  if (form.priority !== "5") body.priority = Number(form.priority);
  if (form.timeout) body.timeout_s = Number(form.timeout) * 60;
  if (form.cost) body.max_cost = Number(form.cost);
  const verify = form.verify.split("\n").filter((line) => line.trim());
  if (verify.length) body.verify = verify;
  try {
    const made = await post("/api/tasks", body);
    form = { ...blank(), workspace: form.workspace };
    isSending = false;
    close();
    go(here({ task: made.taskId, session: null, tab: null }));
    toast(`“${made.name}” is accepted`);
  } catch (error) {
    errors =
      error instanceof Refusal
        ? error.errors.length
          ? error.errors
          : [{ message: error.message }]
        : [{ message: "The daemon does not answer. Nothing was sent." }];
    isSending = false;
  }
  changed();
}

/** Of the field, or of a part of it. */
const errorOf = (name) => errors.find((e) => e.pointer === `/${name}` || e.pointer?.startsWith(`/${name}/`));

function field(name, label, control, hint) {
  const error = errorOf(name);
  return h(
    "div.field",
    { class: error ? "wrong" : "" },
    h("label", { for: `new-${name}` }, label),
    control,
    error ? h("p.problem", { id: `why-${name}` }, error.message) : hint && h("p.quiet", hint),
  );
}

const input = (name, props = {}) =>
  h("input", {
    id: `new-${name}`,
    value: form[name],
    oninput: set(name),
    "aria-invalid": errorOf(name) ? "true" : null,
    "aria-describedby": errorOf(name) ? `why-${name}` : null,
    autocomplete: "off",
    ...props,
  });

export function createDialog() {
  const general = errors.filter((e) => !fields.includes(e.pointer?.split("/")[1]));
  return dialog(
    "create",
    "New task",
    close,
    h(
      "form.create",
      { onsubmit: submit, novalidate: true },
      field(
        "goal",
        "What is to be done",
        h("textarea", {
          id: "new-goal",
          autofocus: true,
          rows: 7,
          value: form.goal,
          oninput: set("goal"),
          "aria-invalid": errorOf("goal") ? "true" : null,
          placeholder: "In plain words. The agent gets this verbatim.",
          onkeydown: (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
          },
        }),
      ),
      field(
        "name",
        "Name",
        input("name", { maxlength: 200, placeholder: "The first words of the goal, if left empty" }),
      ),
      form.sessionId
        ? h(
            "div.field",
            h("span.label", "Session"),
            h(
              "p.chosen",
              form.sessionTitle || form.sessionId,
              " ",
              button(
                "Use a new one",
                () => {
                  form.sessionId = "";
                  changed();
                },
                { kind: "textual" },
              ),
            ),
          )
        : field(
            "workspace",
            "Workspace",
            h(
              "div.pick",
              input("workspace", { placeholder: "/absolute/path", spellcheck: "false" }),
              button([icon("folder"), "Browse"], () => browse(form.workspace)),
              browsing && browser(),
            ),
            recents(),
          ),
      field(
        "verify",
        "Checks",
        h("textarea", {
          id: "new-verify",
          rows: 2,
          value: form.verify,
          oninput: set("verify"),
          "aria-invalid": errorOf("verify") ? "true" : null,
          placeholder: "`make test` succeeds",
          spellcheck: "false",
        }),
        "What must be so before it counts as done, a sentence in each line. What fails goes back to the agent.",
      ),
      h(
        "details",
        h("summary", "More"),
        h(
          "div.grid",
          field("model", "Model", input("model", { placeholder: "provider/model" })),
          field("agent", "Agent", input("agent", { placeholder: "OpenCode's own" })),
          field(
            "priority",
            "Priority",
            h(
              "select",
              { id: "new-priority", value: form.priority, onchange: set("priority") },
              Array.from({ length: 10 }, (_, i) =>
                h("option", { value: String(9 - i) }, i === 0 ? "9, first" : i === 9 ? "0, whenever" : String(9 - i)),
              ),
            ),
          ),
          field("timeout", "Minutes at most", input("timeout", { type: "number", min: 1 })),
          field("cost", "Dollars at most", input("cost", { type: "number", min: 0, step: "0.01" })),
        ),
      ),
      general.length > 0 &&
        h(
          "div.problems",
          { role: "alert" },
          general.map((e) => h("p.problem", e.pointer ? `${e.pointer.slice(1)}: ${e.message}` : e.message)),
        ),
      h(
        "div.dialog-foot",
        h(
          "label.button.file",
          icon("open"),
          "Task files…",
          h("input.hidden", {
            type: "file",
            multiple: true,
            accept: accepted,
            onchange: (event) => {
              take([...event.target.files]);
              event.target.value = "";
            },
          }),
        ),
        h("span.grow"),
        button("Cancel", close),
        h("button.primary", { type: "submit", disabled: isSending }, isSending ? "Sending…" : "Create task"),
      ),
      fileList(),
      h(
        "p.quiet.note",
        "Files (.md .txt .yaml .json .docx) can be dropped anywhere on this page. Those that name no workspace get the one above.",
      ),
    ),
    { kind: "wide" },
  );
}

/** Workspaces of the newest tasks; one that is not wanted any more can be forgotten. */
function recents() {
  if (!recent().length) return null;
  return h(
    "span.recent",
    recent()
      .slice(0, 6)
      .map((path) =>
        h(
          "span.pair",
          { key: path },
          h(
            "button.chip",
            {
              type: "button",
              title: path,
              "aria-pressed": String(form.workspace === path),
              onclick: () => {
                form.workspace = path;
                changed();
              },
            },
            tail(path),
          ),
          iconButton("close", `Forget ${path}`, () => forget(path), { disabled: !can("admin") }),
        ),
      ),
  );
}

async function forget(path) {
  await attempt(
    () => send("DELETE", "/api/recent-workspaces" + query({ path })),
    `${tail(path)} is not offered any more`,
  );
  readWorkspaces();
}

async function browse(path) {
  try {
    browsing = await get("/api/browse" + query({ path }));
  } catch (error) {
    if (path) return browse("");
    toast(error.message, { kind: "bad" });
  }
  changed();
}

function browser() {
  return h(
    "div.browser",
    { role: "group", "aria-label": "Folders" },
    h(
      "p.line",
      browsing.parent && iconButton("back", "Up", () => browse(browsing.parent)),
      h("span.path", browsing.path),
      h("span.grow"),
      button(
        "Use this",
        () => {
          form.workspace = browsing.path;
          browsing = null;
          changed();
        },
        { kind: "small primary" },
      ),
      iconButton("close", "Close", () => {
        browsing = null;
        changed();
      }),
    ),
    h(
      "ul",
      browsing.children.map((child) =>
        h(
          "li",
          { key: child.path },
          h("button.textual", { type: "button", onclick: () => browse(child.path) }, icon("folder"), child.name),
        ),
      ),
      !browsing.children.length && h("li.quiet", "No folder in here"),
    ),
  );
}

/** Sends files, each as the inbox would take it. */
export async function take(list) {
  if (!list.length) return;
  if (!can("submit")) return toast("Your token does not allow new tasks (scope submit).", { kind: "bad" });
  const mine = list.map((file) => ({ file, name: file.name, state: "waits", message: "" }));
  files = [...files.filter((f) => !f.done), ...mine];
  store.dialog ??= { kind: "files" };
  if (!recent().length) await readWorkspaces();
  form.workspace ||= recent()[0] ?? "";
  for (const one of mine) await upload(one);
  changed();
}

async function upload(one) {
  one.state = "sends";
  changed();
  const data = new FormData();
  data.append("file", one.file, one.name);
  if (form.workspace) data.append("workspace", form.workspace);
  try {
    const made = await (await send("POST", "/api/tasks", { form: data })).json();
    Object.assign(one, { state: "accepted", done: true, id: made.taskId, message: made.name });
  } catch (error) {
    Object.assign(one, {
      state: "refused",
      message:
        error.errors
          ?.map((e) => [e.line && `line ${e.line}`, e.pointer?.slice(1), e.message].filter(Boolean).join(": "))
          .join("; ") || error.message,
    });
  }
  changed();
}

function fileList() {
  return (
    files.length > 0 &&
    h(
      "ul.uploads",
      { role: "status" },
      files.map((f) =>
        h(
          "li",
          { class: f.state },
          mark({ accepted: "verified", refused: "failed", sends: "running" }[f.state] ?? "pending"),
          h("span.name", f.name),
          h("span.quiet", bytes(f.file.size)),
          f.id
            ? h("a", { href: here({ task: f.id, session: null, tab: null }), onclick: close }, f.message)
            : h("span.what", f.message || f.state),
          f.state === "refused" && button("Try again", () => upload(f), { kind: "small" }),
        ),
      ),
    )
  );
}

export const filesDialog = () =>
  dialog(
    "files",
    "Task files",
    close,
    h(
      "div.create",
      field(
        "workspace",
        "Workspace for those that name none",
        input("workspace", { placeholder: "/absolute/path" }),
        recents(),
      ),
      fileList(),
      h(
        "div.dialog-foot",
        h("span.grow"),
        h("button.primary", { type: "button", autofocus: true, onclick: close }, "Close"),
      ),
    ),
  );

/** Files may be dropped anywhere. */
export function listen() {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (on) => document.documentElement.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) show(++dragDepth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event)) show(--dragDepth > 0);
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    dragDepth = 0;
    show(false);
    take([...event.dataTransfer.files]);
  });
}
