// What is done to one task or to many: by its name here, and by moving a directory there.

import { attempt, fault, post, send, taskPath } from "./api.js";
import { number, plural } from "./format.js";
import { can, changed, store, toast } from "./store.js";
import { button, confirm } from "./ui.js";

const words = {
  hold: "Held",
  release: "Released",
  abort: "Cancelled",
  retry: "Retried",
  complete: "Completed",
  archive: "Archived",
  unarchive: "Unarchived",
  delete: "Deleted",
};
const opposite = { hold: "release", release: "hold", archive: "unarchive", unarchive: "archive" };

/** Does something to tasks; where the tree allows it, with a way back. */
export async function run(action, ids) {
  const names = ids.length === 1 ? `“${store.tasks.get(ids[0])?.name ?? ids[0]}”` : plural(ids.length, "task");
  if (
    action === "delete" &&
    !(await confirm(`Delete ${names}?`, "The directory with its evidence is removed. This can't be undone.", "Delete"))
  )
    return;
  const running = ids.filter((id) => store.tasks.get(id)?.state === "running");
  if (
    action === "abort" &&
    running.length &&
    !(await confirm(`Cancel ${names}?`, "What the agent did so far stays in the workspace.", "Cancel the work"))
  )
    return;
  if (
    action === "complete" &&
    !(await confirm(
      `Complete ${names}?`,
      "It ends here and now as done, and nobody looks at what was changed.",
      "Complete",
    ))
  )
    return;
  const isOne = ids.length === 1;
  try {
    const answers = isOne ? [await single(action, ids[0])] : await bulk(action, { ids });
    const done = answers.filter((a) => a.outcome === "done").map((a) => a.taskId);
    const refused = answers.filter((a) => a.outcome === "refused");
    const waiting = action === "abort" ? done.filter((id) => !running.includes(id)) : [];
    const back = opposite[action] ?? (waiting.length === done.length && waiting.length ? "retry" : null);
    const said = done.length ? `${words[action]} ${isOne ? names : plural(done.length, "task")}` : "";
    toast(
      [said, refused.length && `${plural(refused.length, "task")} refused: ${refused[0].detail}`]
        .filter(Boolean)
        .join(". "),
      {
        kind: done.length ? "plain" : "bad",
        action: back && done.length ? { label: "Undo", run: () => undo(back, done) } : undefined,
      },
    );
    store.selection.clear();
    if (action !== "delete") store.touched(done);
    changed();
  } catch (error) {
    fault(error);
  }
}

async function undo(action, ids) {
  await attempt(() => bulk(action, { ids }), "Undone");
  store.touched(ids);
}

async function single(action, id) {
  if (action === "delete") await send("DELETE", taskPath(id));
  else await post(taskPath(id, `/${action}`));
  return { taskId: id, outcome: "done" };
}

async function bulk(action, what) {
  const tasks = [];
  const ids = what.ids ?? [];
  if (what.ids) {
    for (let i = 0; i < ids.length; i += 500)
      tasks.push(...(await post("/api/tasks/bulk", { action, ids: ids.slice(i, i + 500) })).tasks);
    return tasks;
  }
  let cursor;
  do {
    const answer = await post("/api/tasks/bulk", { action, filter: what.filter, limit: 500, cursor });
    tasks.push(...answer.tasks);
    cursor = answer.next_cursor;
  } while (cursor);
  return tasks;
}

/** The same to all that fit a filter, however many. `then` is called afterwards. */
export async function runAll(action, filter, then) {
  const plan = await post("/api/tasks/bulk", { action, filter, dry_run: true, limit: 1000 }).catch(fault);
  if (!plan) return;
  const fits = plan.tasks.filter((t) => t.outcome === "would-be-done").length;
  const about = plan.next_cursor ? `${number(fits)} or more tasks` : plural(fits, "task");
  if (!fits) return toast("None of these tasks can be changed so.", { kind: "bad" });
  if (
    !(await confirm(
      `${labelOf[action]} ${about}?`,
      "All that the filters show, also those further down.",
      labelOf[action],
    ))
  )
    return;
  toast("Working…");
  await attempt(async () => {
    const done = (await bulk(action, { filter })).filter((t) => t.outcome === "done").map((t) => t.taskId);
    toast(`${words[action]} ${plural(done.length, "task")}`, {
      action: opposite[action] ? { label: "Undo", run: () => undo(opposite[action], done) } : undefined,
    });
    then();
  });
  store.selection.clear();
}

export const labelOf = {
  hold: "Hold",
  release: "Release",
  abort: "Cancel",
  retry: "Retry",
  complete: "Complete",
  archive: "Archive",
  unarchive: "Unarchive",
  delete: "Delete",
};

/** What can be done to a task as it is. */
export function actionsOf(task) {
  if (task.state === "new" || task.state === "running") {
    return [task.hold ? "release" : "hold", "abort", "complete", ...(task.state === "new" ? ["delete"] : [])];
  }
  return ["retry", task.archived ? "unarchive" : "archive", "delete"];
}

export const actButton = (action, task, kind = "") =>
  button(labelOf[action], () => run(action, [task.id]), {
    // A button never turns into another one under the pointer.
    key: action,
    kind: `${kind} ${action === "delete" ? "danger" : ""}`,
    disabled: !can("admin"),
    name: `${labelOf[action]} ${task.name}`,
  });
