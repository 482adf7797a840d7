// A tree of plain values becomes elements, and the next tree changes only what is different: focus, selection and
// scroll positions survive. Text is always text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const asProperty = new Set(["value", "checked", "indeterminate", "open", "scrollTop"]);

/** An element: `h("div.row", {onclick, style: {top: "3px"}, key}, child, …)`. Null, false and "" are no children. */
export function h(tag, props, ...kids) {
  if (props === null || typeof props !== "object" || Array.isArray(props) || props.tag || props.lazy) {
    if (props !== undefined) kids.unshift(props);
    props = {};
  }
  const [name, ...classes] = tag.split(".");
  if (classes.length) props.class = classes.join(" ") + (props.class ? " " + props.class : "");
  // What is called so is of a kind: another kind is made anew, and never turned into.
  return { kind: tag, tag: name, props, kids: flatten(kids, []), key: props.key };
}

/** What is made anew only when one of `deps` is another. */
export const lazy = (deps, make, key) => ({ lazy: make, deps, key });

function flatten(kids, into) {
  for (const kid of kids) {
    if (kid === null || kid === undefined || kid === false || kid === true || kid === "") continue;
    if (Array.isArray(kid)) flatten(kid, into);
    else into.push(typeof kid === "object" ? kid : String(kid));
  }
  return into;
}

const mounted = [];

/** Makes the children of `root` be `kids`. What the page had there goes with the first. */
export function render(root, ...kids) {
  const now = flatten(kids, []);
  if (!root.__kids) root.replaceChildren();
  patchKids(root, root.__kids ?? [], now);
  root.__kids = now;
  // Only now they are in the page.
  for (const [mount, el] of mounted.splice(0)) mount(el);
}

function create(v, inSVG) {
  if (typeof v === "string") return document.createTextNode(v);
  if (v.lazy) {
    v.node = v.lazy();
    return (v.el = create(v.node, inSVG));
  }
  const svg = inSVG || v.tag === "svg";
  const el = svg ? document.createElementNS(SVG, v.tag) : document.createElement(v.tag);
  v.el = el;
  for (const name in v.props) set(el, name, undefined, v.props[name]);
  for (const kid of v.kids) el.append(create(kid, svg && v.tag !== "foreignObject"));
  // A select's value means something only when its options are there.
  if (v.tag === "select" && v.props.value !== undefined) el.value = v.props.value;
  if (v.props.mount) mounted.push([v.props.mount, el]);
  return el;
}

function set(el, name, before, now) {
  if (name === "key" || name === "mount" || name === "unmount") return;
  if (name.startsWith("on")) {
    const type = name.slice(2);
    el.__on ??= {};
    if (!(type in el.__on))
      el.addEventListener(type, (event) => el.__on[type]?.(event), { passive: type === "scroll" });
    el.__on[type] = now;
  } else if (name === "style") {
    for (const key in { ...before, ...now }) {
      if (before?.[key] !== now?.[key]) el.style.setProperty(key, now?.[key] ?? "");
    }
  } else if (asProperty.has(name) && el.localName !== "option") {
    if (now !== undefined && el[name] !== now) el[name] = now;
  } else if (now === null || now === undefined || now === false) {
    el.removeAttribute(name);
  } else {
    el.setAttribute(name, now === true ? "" : now);
  }
}

const same = (a, b) =>
  typeof a === "string" || typeof b === "string"
    ? typeof a === typeof b && typeof a === "string"
    : a.key === b.key && !a.lazy === !b.lazy && a.kind === b.kind;

function patch(el, a, b) {
  if (typeof b === "string") {
    if (a !== b) el.data = b;
    return el;
  }
  if (b.lazy) {
    if (a.deps.length === b.deps.length && a.deps.every((dep, i) => dep === b.deps[i])) {
      b.node = a.node;
      return (b.el = el);
    }
    b.node = b.lazy();
    if (same(a.node, b.node)) return (b.el = patch(el, a.node, b.node));
    const fresh = create(b.node, el.namespaceURI === SVG);
    dispose(a.node);
    el.replaceWith(fresh);
    return (b.el = fresh);
  }
  b.el = el;
  for (const name in a.props) if (!(name in b.props)) set(el, name, a.props[name], undefined);
  for (const name in b.props) if (a.props[name] !== b.props[name]) set(el, name, a.props[name], b.props[name]);
  patchKids(el, a.kids, b.kids);
  if (b.tag === "select" && b.props.value !== undefined && el.value !== b.props.value) el.value = b.props.value;
  return el;
}

function dispose(v) {
  if (typeof v === "string") return;
  if (v.lazy) return dispose(v.node);
  v.props.unmount?.(v.el);
  for (const kid of v.kids) dispose(kid);
}

function patchKids(root, olds, news) {
  const svg = root.namespaceURI === SVG;
  const nodes = olds.map((old, i) => (typeof old === "string" ? (root.__texts?.[i] ?? root.childNodes[i]) : old.el));
  const keyed = new Map();
  const loose = [];
  olds.forEach((old, i) => {
    if (old.key !== undefined) keyed.set(old.key, i);
    else loose.push(i);
  });
  const used = new Set();
  let next = 0;
  const placed = news.map((now) => {
    let i = -1;
    if (now.key !== undefined) {
      const found = keyed.get(now.key);
      if (found !== undefined && !used.has(found) && same(olds[found], now)) i = found;
    } else {
      while (next < loose.length && used.has(loose[next])) next++;
      // Something that is only there at times must not make everything after it anew.
      for (let k = next; k < Math.min(loose.length, next + 6); k++) {
        if (same(olds[loose[k]], now)) {
          i = loose[k];
          next = k + 1;
          break;
        }
      }
    }
    if (i < 0) return create(now, svg);
    used.add(i);
    return patch(nodes[i], olds[i], now);
  });
  olds.forEach((old, i) => {
    if (used.has(i)) return;
    dispose(old);
    nodes[i]?.remove();
  });
  let place = root.firstChild;
  for (const node of placed) {
    if (node === place) place = place.nextSibling;
    else root.insertBefore(node, place);
  }
  root.__texts = placed;
}
