// Patches, as people read them.

import { h, lazy } from "./dom.js";
import { number, plural } from "./format.js";
import { changed } from "./store.js";

/** Of a file more than this is shown only if it is asked for. */
const mostLines = 240;
const whole = new Set();
const closed = new Set();

/** The files of a unified diff: `{path, kind, added, removed, lines: [{tone, old, now, text}]}`. */
export function parse(patch) {
  const files = [];
  let file = null;
  let old = 0;
  let now = 0;
  for (const line of patch.split("\n")) {
    if (line.startsWith("diff --git ")) {
      const name = line.match(/ (?:"?b\/)(.+?)"?$/)?.[1] ?? line.slice(11);
      files.push((file = { path: name, kind: "modified", added: 0, removed: 0, lines: [], isBinary: false }));
      old = now = 0;
    } else if (!file) {
      if (!line.startsWith("--- ")) continue;
      files.push((file = { path: line.slice(4), kind: "modified", added: 0, removed: 0, lines: [] }));
    } else if (line.startsWith("@@")) {
      const [, a, b] = line.match(/^@@ -(\d+)(?:,\d+)? \+(\d+)/) ?? [0, 0, 0];
      old = Number(a);
      now = Number(b);
      file.lines.push({ tone: "hunk", text: line.replace(/^(@@.*?@@).*/, "$1") + (line.split("@@")[2] ?? "") });
    } else if (old || now) {
      if (line[0] === "+") {
        file.added++;
        file.lines.push({ tone: "plus", now: now++, text: line.slice(1) });
      } else if (line[0] === "-") {
        file.removed++;
        file.lines.push({ tone: "minus", old: old++, text: line.slice(1) });
      } else if (line[0] === " ") {
        file.lines.push({ tone: "", old: old++, now: now++, text: line.slice(1) });
      } else if (line[0] === "\\") {
        file.lines.push({ tone: "note", text: line.slice(2) });
      }
    } else if (line.startsWith("new file")) file.kind = "added";
    else if (line.startsWith("deleted file")) file.kind = "deleted";
    else if (line.startsWith("rename to ")) file.kind = "renamed";
    else if (line.startsWith("GIT binary") || line.startsWith("Binary files")) file.isBinary = true;
    else if (line.startsWith("+++ ") && file.path.startsWith("a/")) file.path = line.slice(6);
  }
  return files;
}

/** The files with their lines. `scope` tells one patch from another. */
export const diffView = (files, scope) =>
  h(
    "div.diff",
    files.map((file) => fileView(file, `${scope} ${file.path}`)),
  );

const counts = (file) =>
  h(
    "span.counts",
    file.added > 0 && h("span.plus", `+${number(file.added)}`),
    file.removed > 0 && h("span.minus", `−${number(file.removed)}`),
  );

function fileView(file, id) {
  const isOpen = !closed.has(id);
  const shown = whole.has(id) ? file.lines.length : mostLines;
  return h(
    "section.file",
    { key: id, "aria-label": file.path },
    h(
      "button.file-head",
      {
        type: "button",
        "aria-expanded": String(isOpen),
        onclick: () => {
          isOpen ? closed.add(id) : closed.delete(id);
          changed();
        },
      },
      h("span.path", file.path),
      h("span.tag", file.kind),
      counts(file),
    ),
    isOpen &&
      lazy([file, shown], () =>
        h(
          "div.lines",
          { tabindex: 0, role: "region", "aria-label": `Changes of ${file.path}` },
          file.isBinary
            ? h("p.quiet", "Not text")
            : file.lines.length
              ? h(
                  "table",
                  h(
                    "tbody",
                    file.lines
                      .slice(0, shown)
                      .map((line) =>
                        h(
                          "tr",
                          { class: line.tone },
                          h("td.no", line.old ? String(line.old) : ""),
                          h("td.no", line.now ? String(line.now) : ""),
                          h(
                            "td.sign",
                            { "aria-hidden": "true" },
                            line.tone === "plus" ? "+" : line.tone === "minus" ? "−" : "",
                          ),
                          h(
                            "td.code",
                            line.tone === "plus" && h("ins", line.text || "\u00a0"),
                            line.tone === "minus" && h("del", line.text || "\u00a0"),
                            line.tone !== "plus" && line.tone !== "minus" && line.text,
                          ),
                        ),
                      ),
                  ),
                )
              : h("p.quiet", "No line changed"),
          file.lines.length > shown &&
            h(
              "button.textual",
              {
                type: "button",
                onclick: () => {
                  whole.add(id);
                  changed();
                },
              },
              `Show ${plural(file.lines.length - shown, "more line")}`,
            ),
        ),
      ),
  );
}
