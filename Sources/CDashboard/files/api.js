// Requests to the daemon, with the token where there is one. It is kept for this tab, and never put into a URL.

import { changed, store, toast } from "./store.js";

const place = "openloom.token";

export const token = {
  get: () => sessionStorage.getItem(place) ?? "",
  set(text) {
    text ? sessionStorage.setItem(place, text) : sessionStorage.removeItem(place);
  },
};

/** What the daemon refused, in its words. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The daemon answered ${status}.`);
    this.status = status;
    this.kind = String(problem.type ?? "")
      .split(":")
      .pop();
    this.errors = problem.errors ?? [];
  }
}

/** Nobody answered. */
export class Away extends Error {}

/** Whether an error says something of the daemon, and nothing of this page. */
export const isExpected = (error) => error instanceof Refusal || error instanceof Away || error?.name === "AbortError";

export function headers(more = {}) {
  const text = token.get();
  return text ? { Authorization: `Bearer ${text}`, ...more } : more;
}

/** What `first.js` has asked for already, once. */
export function firstOverview() {
  const answer = globalThis.firstOverview;
  delete globalThis.firstOverview;
  return answer;
}

/** One request, or one that was sent before: `answer`. Throws a ``Refusal``, or ``Away``. */
export async function send(method, path, { body, form, signal, range, answer: sent } = {}) {
  const more = body === undefined ? {} : { "Content-Type": "application/json" };
  if (form) more["X-OpenLoom-Request"] = "1";
  if (range) more.Range = range;
  const asked =
    sent ??
    fetch(path, {
      method,
      signal,
      headers: headers(more),
      cache: "no-store",
      credentials: "omit",
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  const answer = await asked.catch((error) => {
    throw error.name === "AbortError" ? error : new Away("The daemon does not answer.");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    store.needsToken = true;
    store.hasWrongToken = token.get() !== "";
    changed();
  }
  throw new Refusal(answer.status, problem);
}

export const get = async (path, options) => (await send("GET", path, options)).json();
export const post = async (path, body, options) => (await send("POST", path, { ...options, body })).json();

/** Query of what has a value. */
export function query(values) {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  // A blank is %20: the daemon takes a plus for a plus.
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return text ? `?${text}` : "";
}

export const taskPath = (id, rest = "") => `/api/tasks/${encodeURIComponent(id)}${rest}`;

/** Runs what the user asked for, and says what came of it. True if it was done. */
export async function attempt(deed, done) {
  try {
    const answer = await deed();
    if (done) toast(typeof done === "function" ? done(answer) : done);
    return true;
  } catch (error) {
    fault(error);
    return false;
  }
}

export function fault(error) {
  if (error?.name === "AbortError" || error?.status === 401) return;
  if (!isExpected(error)) console.error(error);
  toast(error instanceof Away ? "The daemon does not answer. Nothing was changed." : error.message, {
    kind: "bad",
    seconds: 10,
  });
}
