// The idea graph on a canvas: it can be moved, zoomed, searched, narrowed and saved. Reports the node that was chosen and the one to open.
// A click chooses; a double click opens a node's neighbours; keys: arrows go to the next node that way, Enter opens, + - 0 zoom.
const WAIT = 230; // for the second click, in milliseconds
const BUDGET = 11; // of a frame, for the layout
const pictures = new WeakMap();

class Picture extends Controls {
  constructor(root) {
    super(root);
    this.context = this.canvas.getContext("2d");
    this.nodes = [];
    this.links = [];
    this.view = { x: 0, y: 0, scale: 1 };
    this.timing = { steps: 0, layout: 0, frames: 0, paint: 0, began: 0 };
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    // The page follows the browser a moment later.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(() => this.dress(), 300));
  }

  // ---- what is drawn -----------------------------------------------------------------------------------------------

  show({ drawing, chosen, strategies, words, kinds, links, chinese }, report) {
    Object.assign(this, { report, strategies, words, kinds, linkNames: links, chinese });
    this.dress();
    const sign = [words.find, ...drawing.dots.map((dot) => `${dot.id} ${dot.path}`)].join("\n");
    if (sign !== this.sign) {
      const known = new Map(this.nodes.map((node) => [node.id, node]));
      const moved = known.size > 0;
      this.nodes = drawing.dots.map((dot) => {
        const old = known.get(dot.id);
        const name = (chinese && dot.zh) || dot.title;
        return old ? { ...dot, name, x: old.x, y: old.y } : { ...dot, name };
      });
      const at = new Map(this.nodes.map((node) => [node.id, node]));
      this.links = drawing.lines.map((line) => ({ ...line, tail: at.get(line.tail), head: at.get(line.head) }));
      if (moved) this.placeFresh(known);
      this.near = new Map(this.nodes.map((node) => [node, new Set([node])]));
      for (const { tail, head } of this.links) {
        this.near.get(tail).add(head);
        this.near.get(head).add(tail);
      }
      this.layout = new Layout(this.nodes, this.links);
      if (moved) this.layout.heat = 0.35;
      this.sign = sign;
      this.following = true;
      this.hovered = null;
      this.timing = { steps: 0, layout: 0, frames: 0, paint: 0, began: performance.now() };
      delete this.canvas.dataset.rested;
      this.fillWords();
      this.fillControls();
    }
    this.chosen = this.nodes.find((node) => node.id === chosen) || null;
    this.filter();
    this.resize();
  }

  // What was opened grows out of the node that it hangs on.
  placeFresh(known) {
    this.nodes.forEach((node, number) => {
      if (known.has(node.id)) return;
      const link = this.links.find(({ tail, head }) => (tail === node && known.has(head.id)) || (head === node && known.has(tail.id)));
      if (!link) return;
      const from = link.tail === node ? link.head : link.tail;
      node.x = from.x + 30 * Math.cos(number * 2.4);
      node.y = from.y + 30 * Math.sin(number * 2.4);
    });
  }

  // The colours of the page, light or dark.
  dress() {
    const palette = PALETTES[getComputedStyle(this.canvas).colorScheme.includes("dark") ? "dark" : "light"];
    if (palette === this.palette) return;
    this.palette = palette;
    if (this.span !== undefined) this.fillLegend();
    this.paintSoon();
  }

  // ---- the frame ---------------------------------------------------------------------------------------------------

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    if (!this.width) return;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    if (this.following) this.fit(false);
    this.paintSoon();
  }

  paintSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.frame();
    });
  }

  frame() {
    const { layout, timing } = this;
    const began = performance.now();
    if (layout && layout.moving) {
      do {
        layout.step();
        timing.steps += 1;
      } while (layout.moving && performance.now() - began < BUDGET);
      timing.layout += performance.now() - began;
      if (this.following) this.fit(false);
    }
    const drawn = performance.now();
    if (this.width) this.paint();
    timing.paint += performance.now() - drawn;
    timing.frames += 1;
    if (layout && layout.moving) this.paintSoon();
    else if (layout && !this.canvas.dataset.rested) {
      // For tests and benchmarks: how long it took until the nodes rested, and a step and a frame on the way.
      this.canvas.dataset.rested = Math.round(began - timing.began);
      this.canvas.dataset.step = (timing.layout / timing.steps).toFixed(2);
      this.canvas.dataset.paint = (timing.paint / timing.frames).toFixed(2);
    }
  }

  paint() {
    const { context, view } = this;
    const ratio = window.devicePixelRatio || 1;
    const lit = this.hovered || (this.chosen && !this.chosen.centre ? this.chosen : null);
    const near = lit ? this.near.get(lit) : null;
    const { palette } = this;
    const look = {
      palette,
      chosen: this.chosen, near, found: this.found, hovered: this.hovered, byStrategy: this.part("colour").value === "strategy",
      width: this.width, height: this.height, ratio, font: getComputedStyle(this.canvas).fontFamily || "sans-serif",
      toScreen: ({ x, y }) => [x * view.scale + view.x, y * view.scale + view.y, view.scale],
    };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = palette.page;
    context.fillRect(0, 0, this.width, this.height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    paintLinks(context, this.drawn, lit, view.scale, palette);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintNodes(context, this.seen, look);
    paintLabels(context, this.seen, look);
    this.canvas.dataset.painted = this.seen.length;
    // For tests: where the chosen node stands, in pixels of the canvas.
    if (this.chosen) this.canvas.dataset.at = look.toScreen(this.chosen).slice(0, 2).map(Math.round).join(" ");
  }

  fit(again = true) {
    if (!this.width || !this.nodes.length) return;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { x, y, r } of this.nodes) {
      left = Math.min(left, x - r);
      right = Math.max(right, x + r);
      top = Math.min(top, y - r);
      bottom = Math.max(bottom, y + r);
    }
    const margin = 46;
    const scale = Math.min((this.width - margin) / (right - left), (this.height - margin) / (bottom - top), 2);
    this.view = {
      scale,
      x: this.width / 2 - ((left + right) / 2) * scale,
      y: this.height / 2 - ((top + bottom) / 2) * scale,
    };
    if (again) this.paintSoon();
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const { view } = this;
    const scale = Math.min(12, Math.max(0.05, view.scale * factor));
    view.x = x - ((x - view.x) * scale) / view.scale;
    view.y = y - ((y - view.y) * scale) / view.scale;
    view.scale = scale;
    this.following = false;
    this.paintSoon();
  }

  // ---- hands on it -------------------------------------------------------------------------------------------------

  at(x, y, reach = 4) {
    const { view } = this;
    let best = null;
    let least = Infinity;
    for (const node of this.seen || []) {
      const distance = Math.hypot(node.x * view.scale + view.x - x, node.y * view.scale + view.y - y) - node.r * view.scale;
      if (distance < reach && distance < least) {
        best = node;
        least = distance;
      }
    }
    return best;
  }

  choose(node) {
    this.chosen = node;
    const { zh, title, year, kind } = node;
    this.part("said").textContent = [this.kinds[kind], title, zh, year].filter(Boolean).join(", ");
    this.paintSoon();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.report("chosen", node.id), WAIT);
  }

  open(node) {
    clearTimeout(this.later);
    this.chosen = node;
    this.report("opened", node.id);
  }

  listen() {
    const { canvas } = this;
    const fingers = new Map();
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let grip = null;
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = place(event);
      fingers.set(event.pointerId, [x, y]);
      try {
        canvas.setPointerCapture(event.pointerId);
      } catch {
        // A pointer that has gone already cannot be held.
      }
      const node = this.at(x, y, event.pointerType === "touch" ? 12 : 4);
      grip = { node, x, y, moved: false, view: { ...this.view } };
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (fingers.size === 2 && fingers.has(event.pointerId)) {
        const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
        const before = Math.hypot(...fingers.get(event.pointerId).map((value, axis) => value - other[axis]));
        this.zoom(Math.hypot(x - other[0], y - other[1]) / (before || 1), (x + other[0]) / 2, (y + other[1]) / 2);
        fingers.set(event.pointerId, [x, y]);
        grip = null;
      } else if (grip) {
        grip.moved = grip.moved || Math.hypot(x - grip.x, y - grip.y) > 4;
        if (grip.moved) this.drag(grip, x, y);
      } else {
        const node = this.at(x, y);
        if (node !== this.hovered) {
          this.hovered = node;
          canvas.title = node ? [node.title, node.zh, node.year].filter(Boolean).join(" · ") : "";
          canvas.style.cursor = node ? "pointer" : "grab";
          this.paintSoon();
        }
      }
    });
    const release = (event) => {
      fingers.delete(event.pointerId);
      if (!grip) return;
      if (grip.node) grip.node.held = false;
      if (!grip.moved && grip.node && event.type === "pointerup") this.choose(grip.node);
      grip = null;
    };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => {
      if (this.hovered) this.paintSoon();
      this.hovered = null;
    });
    canvas.addEventListener("dblclick", (event) => {
      const node = this.at(...place(event));
      if (node) this.open(node);
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 300), ...place(event));
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.listenControls();
  }

  drag(grip, x, y) {
    this.following = false;
    if (grip.node) {
      grip.node.held = true;
      grip.node.x = (x - this.view.x) / this.view.scale;
      grip.node.y = (y - this.view.y) / this.view.scale;
      this.layout.warm(40);
    } else {
      this.view.x = grip.view.x + x - grip.x;
      this.view.y = grip.view.y + y - grip.y;
    }
    this.paintSoon();
  }

  key(event) {
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const from = this.chosen || this.nodes.find((node) => node.centre) || this.seen[0];
    if (ways[event.key] && from) this.go(from, ways[event.key]);
    else if (event.key === "Enter" && from) this.open(from);
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  go(from, [dx, dy]) {
    let best = null;
    let least = Infinity;
    for (const node of this.seen) {
      const along = (node.x - from.x) * dx + (node.y - from.y) * dy;
      const aside = Math.abs((node.x - from.x) * dy) + Math.abs((node.y - from.y) * dx);
      if (node !== from && along > aside * 0.8 && along + 2 * aside < least) {
        best = node;
        least = along + 2 * aside;
      }
    }
    if (best) this.choose(best);
  }
}

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector("[data-part=root]");
  if (!pictures.has(root)) pictures.set(root, new Picture(root));
  pictures.get(root).show(data, (what, id) => (what === "opened" ? setTriggerValue("opened", id) : setStateValue("chosen", id)));
}
