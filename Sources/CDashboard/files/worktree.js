// The branch of a task that worked in a worktree of its own, and what becomes of it.

import { attempt, post, taskPath } from "./api.js";
import { h } from "./dom.js";
import { can, store } from "./store.js";
import { button, confirm } from "./ui.js";

const endings = {
  merged: "It is merged; worktree and branch are gone.",
  discarded: "It was discarded. All that lay in it is kept aside in git.",
  unchanged: "Nothing was changed in it; worktree and branch are gone.",
};

async function merge(task) {
  const hasFailed = task.state === "failed";
  if (
    hasFailed &&
    !(await confirm(
      `Merge “${task.name}” although it failed?`,
      `Its work is not proven. It goes into what is checked out in ${task.workspace}.`,
      "Merge it",
    ))
  )
    return;
  await attempt(
    () => post(taskPath(task.id, "/merge"), hasFailed ? { unproven: true } : undefined),
    ({ into }) => (into ? `Merged into ${into}` : "Merged"),
  );
  store.touched([task.id]);
}

async function discard(task) {
  if (
    !(await confirm(
      `Discard the work of “${task.name}”?`,
      `${task.worktree.path} and the branch ${task.worktree.branch} are removed. What is not ignored is committed, and kept in git as refs/openloom/discarded/….`,
      "Discard it",
    ))
  )
    return;
  await attempt(
    () => post(taskPath(task.id, "/discard")),
    ({ kept }) => `Discarded; git has it as ${kept}`,
  );
  store.touched([task.id]);
}

export function worktree(task, ended) {
  const { branch, path, base_branch: from, ending } = task.worktree ?? {};
  if (!branch) return null;
  return h(
    "section.worktree",
    { "aria-label": "Worktree" },
    h("h3", "Worktree"),
    h("p", h("span.path", branch), from && h("span.quiet", ` from ${from}`)),
    ending
      ? h("p.quiet", endings[ending])
      : [
          h("p.path.quiet", path),
          ended &&
            h(
              "div.acts",
              button("Merge", () => merge(task), { key: "merge", disabled: !can("admin"), name: `Merge ${task.name}` }),
              button("Discard", () => discard(task), {
                key: "discard",
                kind: "danger",
                disabled: !can("admin"),
                name: `Discard the work of ${task.name}`,
              }),
            ),
        ],
  );
}
