// Where we are: `#/tasks?state=failed&task=ID`. What is open beside a view is part of it, so that a link leads back.

import { changed } from "./store.js";

export const route = { view: "overview", params: new URLSearchParams() };
export const titles = {
  overview: "Overview",
  tasks: "Tasks",
  activity: "Activity",
  schedules: "Schedules",
  sessions: "Sessions",
  webhooks: "Webhooks",
  usage: "Usage",
};
export const views = Object.keys(titles);

function read() {
  const [path, text] = location.hash.replace(/^#\/?/, "").split("?");
  route.view = views.includes(path) ? path : "overview";
  route.params = new URLSearchParams(text ?? "");
}

/** A link to a view, with parameters; what is open beside stays open only if it is named. */
export function link(view, params = {}) {
  const text = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return `#/${view === "overview" ? "" : view}${text ? "?" + text : ""}`;
}

/** A link to here, with some parameters other than now; null takes one away. */
export function here(changes) {
  const params = Object.fromEntries(route.params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") delete params[name];
    else params[name] = value;
  }
  return link(route.view, params);
}

export const taskLink = (id) => here({ task: id, session: null, tab: null });

/** Goes there; `quietly` leaves no step behind for the back button. */
export function go(hash, quietly = false) {
  if (quietly) {
    history.replaceState(null, "", hash);
    read();
    changed();
  } else {
    location.hash = hash;
  }
}

export function start(then) {
  read();
  addEventListener("hashchange", () => {
    read();
    then();
    changed();
  });
}
