// A task at a glance: what its agent says, what is so, what was asked for.

import { fault, get, taskPath } from "./api.js";
import { h, lazy } from "./dom.js";
import { openFile } from "./evidence.js";
import { bytes, clock, cut, money, number, plural, took } from "./format.js";
import { go, here } from "./router.js";
import { changed, now, store } from "./store.js";
import { worktree } from "./worktree.js";
import { claimOf, disagrees, factOf, mark, nameOf, toneOf, when, wordOf } from "./ui.js";

/** `part` is what the drawer keeps of this task. */
export function summary(task, ended, part) {
  const { result } = task;
  const used =
    result?.usage ??
    (task.activity && {
      tokens: task.activity.tokens,
      cost: task.activity.cost,
      model: task.activity.model,
      steps: task.activity.steps,
    });
  const took = task.started_at && clock((task.ended_at ?? now()) - task.started_at);
  return [
    ended
      ? beside(task, result, part)
      : task.state === "running"
        ? doing(task)
        : h(
            "p.quiet",
            task.hold
              ? "Held: it is not started before it is released."
              : store.status.paused
                ? "Paused: no task is started."
                : "It waits for its turn.",
          ),
    waits(task),
    worktree(task, ended),
    checks(result, part),
    h("section", h("h3", "Goal"), goal(task, part)),
    h(
      "section",
      h("h3", "Facts"),
      h(
        "dl.facts",
        fact("Workspace", h("span.path", task.workspace)),
        fact(
          "Created",
          when(task.created_at),
          task.spec.origin &&
            ` by ${task.spec.origin.kind}${task.spec.origin.source ? `, ${task.spec.origin.source}` : ""}`,
        ),
        task.started_at && fact("Started", when(task.started_at)),
        task.ended_at && fact("Ended", when(task.ended_at)),
        took && fact(ended ? "Took" : "Runs for", took),
        used?.tokens > 0 &&
          fact(
            "Used",
            `${number(used.tokens)} tokens`,
            used.cost ? `, ${money(used.cost)}` : "",
            used.steps ? `, ${plural(used.steps, "step")}` : "",
          ),
        (used?.model || task.spec.model) &&
          fact("Model", used?.model ?? task.spec.model, used?.agent && ` (${used.agent})`),
        task.spec.priority !== undefined && task.spec.priority !== 5 && fact("Priority", String(task.spec.priority)),
        task.not_before && fact("Not before", when(task.not_before)),
        task.spec.after?.length && fact("After", task.spec.after.map((one) => one.task ?? one).join(", ")),
        task.spec.max_cost && fact("At most", money(task.spec.max_cost)),
        task.session_ids?.length > 0 &&
          fact(
            task.session_ids.length > 1 ? "Sessions" : "Session",
            task.session_ids.map((id, i) => [
              i ? ", " : "",
              h("a", { href: here({ session: id, task: null, tab: null }) }, id),
            ]),
          ),
        result?.server && fact("Server", `OpenCode ${result.server.version} at ${result.server.url}`),
      ),
    ),
  ];
}

const fact = (name, ...value) => h("div", h("dt", name), h("dd", value));

/** What it waits for, of those that it is to come after. */
function waits(task) {
  if (!task.blocked_by?.length) return null;
  return h(
    "section",
    h("h3", "Waits for"),
    h(
      "ul.changed",
      task.blocked_by.map((one) =>
        h(
          "li",
          { key: one.task },
          one.id ? h("a", { href: here({ task: one.id, tab: null }) }, one.task) : one.task,
          h("span.quiet", [`on ${one.on}`, one.state, one.reason].filter(Boolean).join(", ")),
        ),
      ),
    ),
  );
}

/** The heart of it: what the agent says, and what is so. */
function beside(task, result, part) {
  const claim = result?.claim;
  const said = claim?.text?.replace(/\s*(TASK COMPLETE|NO CHANGE NEEDED)\s*$/, "");
  const found = result?.fact;
  const outcome = {
    claim: claim?.marker,
    changed: found?.changed,
    checks: result?.checks?.length
      ? { total: result.checks.length, passed: result.checks.filter((c) => c.passed).length }
      : null,
  };
  const isOff = disagrees(outcome);
  const word = wordOf({ verdict: task.verdict, status: task.status });
  return h(
    "section.beside",
    { class: isOff ? "off" : "", "aria-label": "Claim beside fact" },
    h(
      "div.side.claim",
      h("h3", "The agent says"),
      claim
        ? [
            h(
              "p.lead",
              claim.marker
                ? claimOf(claim.marker)
                    .replace("says ", "“")
                    .replace(/^“(.)/, (_, c) => "“" + c.toUpperCase()) + "”"
                : "Nothing that counts",
            ),
            said && h("div.text", cut(said, part.wholeClaim ? 1e9 : 700)),
            said?.length > 700 &&
              !part.wholeClaim &&
              h(
                "button.textual",
                {
                  type: "button",
                  onclick: () => {
                    part.wholeClaim = true;
                    changed();
                  },
                },
                "Show all",
              ),
            claim.files?.length > 0 && h("p.quiet", `It names ${plural(claim.files.length, "file")}.`),
          ]
        : h("p.quiet", "It made no claim."),
    ),
    h("div.versus", { "aria-hidden": "true" }, !claim || !found ? "·" : isOff ? "≠" : "="),
    h(
      "div.side.fact",
      h("h3", "The disk says"),
      h("p.lead", h(`span.${toneOf(word)}`, mark(word), nameOf(word))),
      h("p", found ? factOf(outcome) : "The workspace was not compared.", task.reason && h("span.reason", task.reason)),
      found?.changes?.length > 0 &&
        h(
          "ul.changed",
          found.changes
            .slice(0, 8)
            .map((c) =>
              h(
                "li",
                h("span.sign", { class: c.kind }, { added: "+", deleted: "−", removed: "−" }[c.kind] ?? "~"),
                h("span.path", c.path),
              ),
            ),
          found.changed > 8 &&
            h("li", h("a", { href: here({ tab: "changes" }) }, `and ${number(found.changed - 8)} more`)),
        ),
      found?.undeterminable?.length > 0 &&
        h("p.quiet", `${plural(found.undeterminable.length, "path")} could not be compared.`),
    ),
  );
}

function doing(task) {
  const seen = task.activity;
  return h(
    "section.doing",
    h("h3", "Right now"),
    seen
      ? [
          h("p", seen.tool && h("code", seen.tool), " ", h("span.quiet", seen.updated && when(seen.updated))),
          seen.message && h("div.text", seen.message),
        ]
      : h("p.quiet", "The agent has not said anything yet."),
    h("a.textual", { href: here({ tab: "conversation" }) }, "Follow the conversation"),
  );
}

function checks(result, part) {
  const list = result?.checks ?? [];
  const turns = Array.isArray(result?.turns) ? result.turns : [];
  if (!list.length && turns.length < 2) return null;
  return h(
    "section",
    h("h3", "Checks"),
    list.length > 0 &&
      h(
        "ul.checks",
        list.map((c) =>
          h(
            "li",
            { class: c.passed ? "good" : "bad" },
            mark(c.passed ? "verified" : "failed"),
            h(
              "div",
              h(
                "p.line",
                h("strong", c.name ?? c.kind),
                c.kind && c.kind !== c.name && h("span.quiet", c.kind),
                h("span.grow"),
                c.duration_ms !== undefined && h("span.quiet", took(c.duration_ms / 1000)),
              ),
              !c.passed &&
                (c.expected !== undefined || c.found !== undefined) &&
                h(
                  "dl.expected",
                  c.expected !== undefined && [h("dt", "expected"), h("dd", short(c.expected))],
                  c.found !== undefined && [h("dt", "found"), h("dd", short(c.found))],
                ),
              c.log &&
                h(
                  "button.textual",
                  {
                    type: "button",
                    onclick: () => {
                      go(here({ tab: "files" }), true);
                      openFile(part, c.log.includes("/") ? c.log : `evidence/checks/${c.log}`);
                    },
                  },
                  "Show its output",
                ),
            ),
          ),
        ),
      ),
    turns.length > 1 && h("p.quiet", `${plural(turns.length, "turn")}: what failed went back to the agent.`),
  );
}

const short = (value) => cut(typeof value === "string" ? value : JSON.stringify(value), 2000);

function goal(task, part) {
  const text = part.goal ?? task.goal;
  const isCut = !part.goal && task.goal_bytes > new TextEncoder().encode(task.goal).length;
  const all = async () => {
    try {
      part.goal = (await get(taskPath(task.id))).task.goal;
    } catch (error) {
      fault(error);
    }
    changed();
  };
  return [
    lazy([text], () => h("div.text.goal", { class: part.goal ? "whole" : "" }, text)),
    isCut && h("button.textual", { type: "button", onclick: all }, `Show all ${bytes(task.goal_bytes)}`),
  ];
}
