// What is known, and drawing it: once a frame, however much has happened.

export const store = {
  /** Of `/api/overview`. */
  overview: null,
  /** The switches, servers and queues, as last told. */
  status: {},
  /** Tasks in brief, by id. */
  tasks: new Map(),
  /** `idle`, `connecting`, `live` or `lost`. */
  link: "idle",
  /** When something was last heard of the daemon, in milliseconds. */
  heard: 0,
  /** By how many seconds the daemon's clock is ahead of ours. */
  skew: 0,
  needsToken: false,
  hasWrongToken: false,
  /** A reason why nothing could be loaded. */
  failure: null,
  toasts: [],
  dialog: null,
  selection: new Set(),
  isOutdated: false,
};

const mostTasks = 20_000;
let drawer = () => {};
let isDue = false;

/** - draw: Called once in a frame in which something has changed. */
export function onChange(draw) {
  drawer = draw;
}

export function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawer();
  });
}

/** Now, in seconds, by the daemon's clock. */
export const now = () => Date.now() / 1000 + store.skew;

/** Notes a task in brief; older news of it are left out. */
export function keep(task) {
  const known = store.tasks.get(task.id);
  if (known && known.updated_at > task.updated_at && known.state === task.state) return known;
  store.tasks.delete(task.id);
  store.tasks.set(task.id, task);
  if (store.tasks.size > mostTasks) store.tasks.delete(store.tasks.keys().next().value);
  return task;
}

export const can = (scope) => !store.overview || store.overview.scopes.includes(scope);

let nextToast = 1;

/** Says something for a while. `action`: `{label, run}`. */
export function toast(text, { action, kind = "plain", seconds = 6 } = {}) {
  const id = nextToast++;
  store.toasts = [...store.toasts.slice(-3), { id, text, action, kind }];
  changed();
  // Whoever needs longer to reach the button has it.
  setTimeout(() => dismiss(id), (action ? 12 : seconds) * 1000);
}

export function dismiss(id) {
  store.toasts = store.toasts.filter((toast) => toast.id !== id);
  changed();
}
