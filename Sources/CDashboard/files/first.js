// What is done before the modules are there, so that something to see does not wait for them: the theme, the question
// that the overview is made of, and its numbers in the frame that the page brings along.
(() => {
  const page = document.documentElement;
  let token = "";
  try {
    const theme = localStorage.getItem("openloom.theme");
    if (theme) page.dataset.theme = theme;
    token = sessionStorage.getItem("openloom.token") ?? "";
  } catch {
    /* Then the system's theme, and no token. */
  }

  // The modules take this for their own first question (`api.js`).
  const first = fetch("/api/overview", {
    cache: "no-store",
    credentials: "omit",
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  }).then(async (answer) => {
    const value = await answer.json();
    return { ok: answer.ok, status: answer.status, json: async () => value };
  });
  globalThis.firstOverview = first;

  /** Has the browser load the application, which draws over all this. */
  let isLoading = false;
  function load() {
    if (isLoading) return;
    isLoading = true;
    document.head.append(document.getElementById("application").content);
  }

  function show({ states, running }) {
    const asking = running.filter((task) => task.asks?.length).length;
    const counts = {
      new: states.new.count,
      run: Math.max(0, states.running.count - asking),
      ask: asking,
      done: states.done.count,
      bad: states.failed.count,
    };
    for (const cell of document.querySelectorAll(".flow .cell")) {
      cell.querySelector(".numeral").textContent = counts[cell.dataset.count].toLocaleString("en");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = location.hash.replace(/^#\/?/, "").split("?")[0];
    const links = [...document.querySelectorAll(".rail nav a")];
    const current = links.find((a) => a.getAttribute("href") === `#/${place}`) ?? links[0];
    current.setAttribute("aria-current", "page");
    if (current !== links[0]) return load();
    document.querySelector(".flow").hidden = false;
    first.then(
      async (answer) => {
        if (answer.ok) show(await answer.json());
        // Numbers are seen before the modules keep the browser busy; a tab that nobody sees draws nothing.
        document.hidden ? load() : requestAnimationFrame(() => setTimeout(load));
      },
      load,
    );
    // Who is far away need not wait for the one before the other.
    setTimeout(load, 250);
  });
})();
