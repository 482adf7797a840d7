// Long lists: only the rows that can be seen exist.

import { h } from "./dom.js";
import { changed } from "./store.js";

/** One list's place. `end()` is called when its end comes near. */
export function virtual() {
  let scroller = null;
  let list = null;
  let observer = null;
  const note = () => changed();
  return {
    top: 0,
    height: 900,
    /** `rows(first, last)` makes those of a range; each of `rowHeight` pixels. */
    view(count, rowHeight, row, { end, label, role = "list", itemRole = "listitem" } = {}) {
      if (list?.isConnected && scroller) {
        this.top = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
        this.height = scroller.clientHeight;
      }
      const first = Math.max(0, Math.min(count, Math.floor(this.top / rowHeight) - 6));
      const last = Math.min(count, Math.ceil((this.top + this.height) / rowHeight) + 6);
      if (end && last > count - 20) queueMicrotask(end);
      const rows = [];
      for (let i = first; i < last; i++) {
        const { key, props, content } = row(i);
        rows.push(
          h(
            "div.row",
            {
              key,
              role: itemRole,
              "aria-posinset": i + 1,
              "aria-setsize": count,
              ...props,
              style: { top: `${i * rowHeight}px`, height: `${rowHeight}px` },
            },
            content,
          ),
        );
      }
      return h(
        "div.virtual",
        {
          role,
          "aria-label": label,
          style: { height: `${count * rowHeight}px` },
          "data-count": count,
          mount: (el) => {
            list = el;
            scroller = el.closest("[data-scroll]") ?? document.querySelector("main");
            scroller.addEventListener("scroll", note, { passive: true });
            observer = new ResizeObserver(note);
            observer.observe(scroller);
            note();
          },
          unmount: () => {
            scroller?.removeEventListener("scroll", note);
            observer?.disconnect();
            scroller = null;
          },
        },
        rows,
      );
    },
    /** Scrolls so that a row is seen whole. */
    show(index, rowHeight) {
      if (!scroller || !list) return;
      const offset = scroller.scrollTop - this.top;
      const start = index * rowHeight;
      const bar = 96;
      if (start < this.top + bar) scroller.scrollTop = offset + start - bar;
      else if (start + rowHeight > this.top + this.height)
        scroller.scrollTop = offset + start + rowHeight - this.height;
    },
  };
}
