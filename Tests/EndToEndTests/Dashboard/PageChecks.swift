import JSON

/// What everybody must be able to use: names, roles, contrast, sizes, and that nothing is cut off. Run in the page.
enum PageChecks {
    /// Each problem as a sentence; an empty list if there is none.
    static func problems(in browser: Browser, touch: Bool) async throws -> [String] {
        let found = try await browser.run("const isTouch = \(touch);\n" + script)
        return found.array?.compactMap(\.string) ?? ["the checks did not run"]
    }

    private static let script = #"""
        const problems = [];
        const say = (el, what) => problems.push(`${what}: <${el.localName} class="${el.getAttribute("class") ?? ""}"> ${(el.textContent ?? "").trim().slice(0, 40)}`);
        const top = document.querySelector("dialog[open]") ?? document.querySelector(".drawer[aria-modal=true]") ?? document.body;
        const isSeen = (el) => el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && el.getClientRects().length > 0;
        const isHidden = (el) => el.closest("[aria-hidden=true]") !== null;

        // Names
        const nameOf = (el) => {
          const by = el.getAttribute("aria-labelledby");
          if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
          if (el.getAttribute("aria-label")) return el.getAttribute("aria-label").trim();
          if (el.labels?.length) return [...el.labels].map((label) => label.textContent).join(" ").trim();
          return (el.textContent || el.getAttribute("title") || "").trim();
        };
        for (const el of top.querySelectorAll("a[href], button, input, select, textarea, [role=switch], [role=tab], [role=tablist], [role=group], [role=region], [role=toolbar], dialog, aside, nav, svg[role=img]")) {
          if (isSeen(el) && !isHidden(el) && !nameOf(el)) say(el, "has no name");
        }
        for (const svg of top.querySelectorAll("svg")) {
          if (!svg.getAttribute("role") && svg.getAttribute("aria-hidden") !== "true") say(svg, "is neither named nor hidden");
        }
        for (const el of top.querySelectorAll("[aria-hidden=true]")) {
          if ([...el.querySelectorAll("a[href], button, input, [tabindex='0']"), el].some((x) => x.matches("a[href]:not([tabindex='-1']), button:not([tabindex='-1']), input") && isSeen(x))) say(el, "is hidden, and can get the focus");
        }

        // Roles
        const parents = { tab: "[role=tablist]", listitem: "[role=list], ul, ol", option: "[role=listbox], select" };
        for (const [role, parent] of Object.entries(parents)) {
          for (const el of top.querySelectorAll(`[role=${role}]`)) if (!el.parentElement.closest(parent)) say(el, `a ${role} outside of ${parent}`);
        }
        for (const el of top.querySelectorAll("[role=tab]")) if (!el.hasAttribute("aria-selected")) say(el, "a tab that is neither selected nor not");
        for (const el of top.querySelectorAll("[role=switch]")) if (!el.hasAttribute("aria-checked")) say(el, "a switch that is neither on nor off");
        for (const el of top.querySelectorAll("[aria-controls]")) if (!document.getElementById(el.getAttribute("aria-controls"))) say(el, "controls what is not there");
        for (const el of top.querySelectorAll("label[for]")) if (!document.getElementById(el.getAttribute("for"))) say(el, "labels what is not there");
        const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
        for (const id of ids) if (ids.filter((other) => other === id).length > 1) problems.push(`the id ${id} is there twice`);
        if (document.querySelectorAll("main").length !== 1) problems.push("there is not one main");
        if (document.querySelectorAll("main h1").length !== 1) problems.push("there is not one h1");
        if (!document.documentElement.lang) problems.push("the page has no language");
        if (!document.title) problems.push("the page has no title");
        for (const el of top.querySelectorAll("a a, button button, a button, button a, label button")) say(el, "is inside of another control");
        for (const el of top.querySelectorAll("[tabindex]")) if (Number(el.getAttribute("tabindex")) > 0) say(el, "is out of the order");
        for (const el of top.querySelectorAll("time")) if (Number.isNaN(Date.parse(el.dateTime)) || !el.title) say(el, "a time without its moment");

        // Contrast
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 1;
        const pen = canvas.getContext("2d", { willReadFrequently: true });
        const known = new Map();
        const rgba = (text) => {
          if (!known.has(text)) {
            pen.clearRect(0, 0, 1, 1);
            pen.fillStyle = text;
            pen.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
            known.set(text, [r, g, b, a / 255]);
          }
          return known.get(text);
        };
        const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
        const ground = (el) => {
          const layers = [];
          for (let at = el; at; at = at.parentElement) {
            const color = rgba(getComputedStyle(at).backgroundColor);
            if (color[3] > 0) layers.push(color);
            if (color[3] === 1) break;
          }
          return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
        };
        const light = (c) => {
          const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (a, b) => {
          const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
          return (x + 0.05) / (y + 0.05);
        };
        const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
        const poor = new Map();
        while (walker.nextNode()) {
          const el = walker.currentNode.parentElement;
          if (!walker.currentNode.data.trim() || !isSeen(el) || el.closest(":disabled, [inert], .hidden, script, style, title, option")) continue;
          const style = getComputedStyle(el);
          const isText = el.namespaceURI.endsWith("svg");
          const size = parseFloat(style.fontSize);
          const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
          const behind = ground(el);
          const found = ratio(over(rgba(isText ? style.fill : style.color), behind), behind);
          if (found < (isLarge ? 3 : 4.5) - 0.005) poor.set(`${el.localName}.${el.getAttribute("class")} ${walker.currentNode.data.trim().slice(0, 24)}`, found.toFixed(2));
        }
        for (const [what, found] of poor) problems.push(`contrast ${found}: ${what}`);
        for (const el of top.querySelectorAll("input:not([type=checkbox], [type=radio], .hidden), textarea")) {
          if (!isSeen(el)) continue;
          const edge = rgba(getComputedStyle(el).borderTopColor);
          const behind = ground(el.parentElement);
          if (ratio(over(edge, behind), behind) < 3) say(el, `an edge of ${ratio(over(edge, behind), behind).toFixed(2)}`);
        }

        // Sizes, and what does not fit
        for (const el of top.querySelectorAll("a[href], button, input:not(.hidden), select, textarea, [role=tab]")) {
          if (!isSeen(el) || isHidden(el) || el.matches(".skip:not(:focus)")) continue;
          // Words in a sentence may be as high as their line.
          if (el.matches("p a, dd a, li > a, td a, th a, .event a, .ask-head a, summary")) continue;
          const box = (el.matches("input[type=checkbox], input[type=radio]") ? el.closest("label") : el).getBoundingClientRect();
          const least = isTouch ? 32 : 24;
          if (box.width < 24 - 0.5 || box.height < least - 0.5) say(el, `${Math.round(box.width)} × ${Math.round(box.height)}`);
        }
        if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} wide`);
        for (const el of document.querySelectorAll("main, .drawer, dialog[open]")) {
          if (el.scrollWidth > el.clientWidth + 1) say(el, `is ${el.scrollWidth} wide in ${el.clientWidth}`);
        }
        return problems;
        """#

    /// Goes on with the Tab key, and says where the focus can't be seen, and how many places it came to.
    static func focusProblems(in browser: Browser, steps: Int) async throws -> (problems: [String], places: Int) {
        var problems: [String] = []
        var places: Set<String> = []
        for _ in 0..<steps {
            try await browser.press([Key.tab])
            let found = try await browser.run(
                """
                const el = document.activeElement, style = getComputedStyle(el);
                const shown = el.matches("input[type=file]") ? getComputedStyle(el.parentElement) : style;
                const isShown = shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) >= 2;
                const box = (el.matches(".hidden") ? el.parentElement : el).getBoundingClientRect();
                const isIn = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
                return [el === document.body || (isShown && isIn), `${el.localName} ${el.className} ${(el.ariaLabel ?? el.textContent).slice(0, 30)}`];
                """)
            let name = found[1]?.string ?? ""
            places.insert(name)
            if found[0] != true { problems.append("the focus is not seen: \(name)") }
        }
        return (problems, places.count)
    }
}

/// Keys as WebDriver calls them.
enum Key {
    static let tab = "\u{E004}"
    static let enter = "\u{E007}"
    static let shift = "\u{E008}"
    static let control = "\u{E009}"
    static let escape = "\u{E00C}"
    static let space = " "
    static let right = "\u{E014}"
}
