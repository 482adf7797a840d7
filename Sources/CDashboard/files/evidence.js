// What lies in a task's directory: the patch, the way that it took, its files.

import { fault, send, taskPath } from "./api.js";
import { diffView } from "./diff.js";
import { h } from "./dom.js";
import { bytes, took } from "./format.js";
import { changed } from "./store.js";
import { button, copy, factOf, iconButton, mark, skeleton, when, wordOf } from "./ui.js";

/** Of a patch or a file no more is read at first. */
export const mostBytes = 400_000;

export function changes(task, part) {
  if (!part.patch) return skeleton(6);
  const found = task.result?.fact;
  const patched = new Set(part.patch.files.map((f) => f.path));
  const others = (found?.changes ?? []).filter((c) => !patched.has(c.path));
  if (!part.patch.files.length && !others.length)
    return h("p.quiet", found ? "Nothing was changed." : "The workspace is compared when the agent is done.");
  return [
    h(
      "p.quiet.note",
      found && factOf({ changed: found.changed }),
      ", by content, against the workspace as it was before the prompt.",
    ),
    diffView(part.patch.files, task.id),
    part.patch.rest > 0 &&
      h(
        "p.quiet",
        `${bytes(part.patch.rest)} more are in `,
        h(
          "button.textual",
          { type: "button", onclick: () => download(part, "evidence/changes.patch") },
          "changes.patch",
        ),
      ),
    others.length > 0 &&
      h(
        "section",
        h("h3", "Without lines"),
        h(
          "ul.changed",
          others
            .slice(0, 200)
            .map((c) =>
              h(
                "li",
                h("span.sign", { class: c.kind }, { added: "+", deleted: "−", removed: "−" }[c.kind] ?? "~"),
                h("span.path", c.path),
                c.size_after !== undefined && h("span.quiet", bytes(c.size_after)),
              ),
            ),
        ),
      ),
  ];
}

export function timeline(task) {
  const log = task.check_log ?? [];
  if (!log.length) return h("p.quiet", "Nothing happened yet.");
  return h(
    "ol.timeline",
    log.map((entry, i) =>
      h(
        "li",
        { key: i },
        h("span.at", when(entry.at)),
        h("span.gap", i > 0 ? `+${took(entry.at - log[i - 1].at)}` : ""),
        h(
          "span.what",
          mark(i === log.length - 1 ? wordOf(task) : entry.status),
          h("span", entry.summary),
          entry.detail && h("span.quiet.detail", entry.detail),
        ),
      ),
    ),
  );
}

/** Shows a file of the task. */
export async function openFile(part, path) {
  part.file = { path, text: null };
  changed();
  try {
    const answer = await send("GET", taskPath(part.id, `/files/${path.split("/").map(encodeURIComponent).join("/")}`), {
      range: `bytes=0-${mostBytes - 1}`,
    });
    const size = Number(answer.headers.get("Content-Range")?.split("/")[1] ?? 0);
    part.file = { path, text: await answer.text(), rest: Math.max(0, size - mostBytes) };
  } catch (error) {
    part.file = error.status === 416 ? { path, text: "", rest: 0 } : null;
    if (!part.file) fault(error);
  }
  changed();
}

async function download(part, path) {
  try {
    const answer = await send("GET", taskPath(part.id, `/files/${path.split("/").map(encodeURIComponent).join("/")}`));
    const url = URL.createObjectURL(await answer.blob());
    const a = document.createElement("a");
    a.href = url;
    a.download = path.split("/").pop();
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    fault(error);
  }
}

export function files(part, again) {
  if (part.file) {
    return [
      h(
        "div.acts",
        button("All files", () => {
          part.file = null;
          again();
          changed();
        }),
        button("Download", () => download(part, part.file.path)),
        part.file.text !== null && button("Copy", () => copy(part.file.text, "File")),
      ),
      h("h3.path", part.file.path),
      part.file.text === null ? skeleton(6) : h("pre.raw", { tabindex: 0 }, part.file.text || "Empty"),
      part.file.rest > 0 && h("p.quiet", `${bytes(part.file.rest)} more; download it to see them.`),
    ];
  }
  if (!part.files) return skeleton(6);
  return h(
    "ul.files",
    part.files.map((f) =>
      h(
        "li",
        { key: f.path },
        h(
          "button.textual.path",
          {
            type: "button",
            onclick: () =>
              /octet-stream|officedocument/.test(f.type) ? download(part, f.path) : openFile(part, f.path),
          },
          f.path,
        ),
        h("span.figure", bytes(f.size)),
        h("span.figure", when(f.modified_at)),
        iconButton("open", `Download ${f.path}`, () => download(part, f.path)),
      ),
    ),
  );
}
