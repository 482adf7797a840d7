// The event stream: one for all that is shown, read by `fetch` so that a token can be sent with it. It goes on where it
// ended. Nothing else ever asks the daemon on a timer.

import { headers } from "./api.js";
import { changed, keep, store } from "./store.js";

/** A daemon says something every 15 seconds. Beyond this, the connection is as good as lost. */
const silence = 40_000;
const longestPause = 15_000;

let last = null;
let controller = null;
let watchdog = 0;
let timer = 0;
let pause = 500;
let handlers = {};

/**
 * Connects, and stays connected.
 *
 * `on.task(event)`: something became true of a task. `on.activity(task)`: what its agent does. `on.status(status)`: the
 * switches, servers and queues. `on.resync()`: what is shown has to be read anew.
 */
export function follow(after, on) {
  handlers = on;
  last = after;
  connect();
}

/** Connects anew at once, if it is not connected. */
export function hurry() {
  if (store.link === "live" && Date.now() - store.heard < 20_000) return;
  pause = 500;
  connect();
}

export function stop() {
  clearTimeout(timer);
  clearTimeout(watchdog);
  controller?.abort();
  controller = null;
}

async function connect() {
  stop();
  const own = (controller = new AbortController());
  if (store.link !== "lost") store.link = "connecting";
  changed();
  try {
    const answer = await fetch("/api/events?view=brief", {
      signal: own.signal,
      cache: "no-store",
      credentials: "omit",
      headers: headers(last === null ? {} : { "Last-Event-ID": String(last) }),
    });
    if (answer.status === 401) {
      store.needsToken = true;
      store.link = "idle";
      return changed();
    }
    if (!answer.ok) throw new TypeError(`the stream was answered ${answer.status}`);
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    heard();
    store.link = "live";
    pause = 500;
    changed();
    for (;;) {
      const { done, value } = await reader.read();
      if (own !== controller) return reader.cancel();
      if (done) break;
      heard();
      const events = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = events.pop();
      for (const event of events) take(event);
      changed();
    }
  } catch (error) {
    if (own !== controller) return;
    if (error.name !== "AbortError" && !(error instanceof TypeError)) console.error(error);
  }
  if (own !== controller) return;
  store.link = "lost";
  changed();
  // Not all tabs at once, and at once no tab twice.
  timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, longestPause);
}

function heard() {
  store.heard = Date.now();
  clearTimeout(watchdog);
  watchdog = setTimeout(connect, silence);
}

function take(text) {
  let name = "message";
  let data = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
    else if (line.startsWith("id: ")) last = Number(line.slice(4));
  }
  if (!data) return;
  const value = JSON.parse(data);
  if (name === "task") {
    if (value.task) keep(value.task);
    else store.tasks.delete(value.task_id);
    handlers.task(value);
  } else if (name === "activity") {
    keep(value.task);
    handlers.activity(value.task);
  } else if (name === "status") {
    handlers.status(value);
  } else if (name === "resync") {
    last = value.store_version;
    handlers.resync();
  }
}

// After sleep, and when a network is there again, nobody wants to wait for the next try.
addEventListener("online", hurry);
// A page that is put away must not keep a connection, of which a browser has six for a daemon.
addEventListener("pagehide", () => {
  if (store.link === "idle") return;
  stop();
  store.link = "lost";
});
addEventListener("pageshow", (event) => event.persisted && hurry());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && store.link !== "idle") hurry();
});
addEventListener("offline", () => {
  if (store.link !== "live") return;
  stop();
  store.link = "lost";
  timer = setTimeout(connect, pause);
  changed();
});
