// What stands around the picture: search, years, colours, zoom, and the legend, whose entries are switches. Whatever narrows the picture
// is here: `seen` are the nodes and `drawn` the links that are left, `found` the nodes that the words are in (null: no words).
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

class Controls {
  constructor(root) {
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.canvas = this.part("canvas");
    this.off = new Set();
    this.years = null;
  }

  filter() {
    const [from, to] = this.years || [-Infinity, Infinity];
    const narrowed = this.years && (from > this.span[0] || to < this.span[1]);
    const shown = (node) =>
      node.centre ||
      (!this.off.has(`kind ${node.kind}`) &&
        !this.off.has(`strategy ${node.strategy || "none"}`) &&
        (node.kind !== "paper" || !narrowed || (node.year >= from && node.year <= to)));
    this.seen = this.nodes.filter(shown);
    const set = new Set(this.seen);
    this.drawn = this.links.filter(
      (link) => set.has(link.tail) && set.has(link.head) && !this.off.has(`link ${linkGroup(link.kind)}`),
    );
    const words = this.part("search").value.trim().toLowerCase();
    this.found = words
      ? new Set(this.seen.filter((node) => `${node.title} ${node.zh} ${node.id}`.toLowerCase().includes(words)))
      : null;
    this.part("told").textContent = this.found
      ? fill(this.words.found, { n: this.found.size })
      : fill(this.words.shown, { nodes: this.seen.length, links: this.drawn.length });
    this.paintSoon();
  }

  listenControls() {
    this.part("search").addEventListener("input", () => this.filter());
    this.part("search").addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" || !this.found) return;
      const [first] = [...this.found].sort((one, other) => other.links - one.links);
      if (first) this.choose(first);
    });
    this.part("colour").addEventListener("change", () => {
      this.fillLegend();
      this.paintSoon();
    });
    this.part("in").addEventListener("click", () => this.zoom(1.3));
    this.part("out").addEventListener("click", () => this.zoom(1 / 1.3));
    this.part("fit").addEventListener("click", () => this.fit());
    this.part("png").addEventListener("click", () => this.save());
    for (const name of ["from", "to"]) this.part(name).addEventListener("input", () => this.pickYears(name));
  }

  pickYears(moved) {
    let [from, to] = [Number(this.part("from").value), Number(this.part("to").value)];
    if (from > to) [from, to] = moved === "from" ? [from, from] : [to, to];
    this.part("from").value = from;
    this.part("to").value = to;
    this.years = [from, to];
    this.part("years").textContent = this.tellYears(from, to);
    this.filter();
  }

  tellYears(from, to) {
    return from === to ? `${from}` : fill(this.words.years, { from, to });
  }

  // All that is said here, in the language of the page.
  fillWords() {
    const { words } = this;
    const say = (name, label, title) => {
      this.part(name).setAttribute("aria-label", label);
      if (title) this.part(name).title = title;
    };
    this.part("search").placeholder = words.find;
    say("search", words.find);
    say("colour", words.colours);
    [...this.part("colour").options].forEach((option, place) => {
      option.textContent = [words.by_kind, words.by_strategy][place];
    });
    say("from", words.from);
    say("to", words.to);
    say("out", words.smaller, `${words.smaller} (-)`);
    say("in", words.larger, `${words.larger} (+)`);
    say("fit", words.fit, `${words.all} (0)`);
    say("png", words.png, words.save);
    this.part("fit").textContent = words.fit;
    this.part("png").textContent = words.png;
    this.canvas.setAttribute("aria-label", words.canvas);
  }

  fillControls() {
    const years = this.nodes.map((node) => node.year).filter(Boolean);
    this.span = years.length ? [Math.min(...years), Math.max(...years)] : null;
    this.part("time").hidden = !this.span || this.span[0] === this.span[1];
    this.years = null;
    if (this.span) {
      for (const [name, value] of [["from", this.span[0]], ["to", this.span[1]]]) {
        [this.part(name).min, this.part(name).max] = this.span;
        this.part(name).value = value;
      }
      this.part("years").textContent = this.tellYears(...this.span);
    }
    this.fillLegend();
  }

  // The legend: each kind with its mark and count, which is a switch as well.
  fillLegend() {
    const count = (test) => this.nodes.filter(test).length;
    const byStrategy = this.part("colour").value === "strategy";
    const chips = [];
    const { palette } = this;
    for (const [kind, shape] of Object.entries(SHAPES)) {
      const many = count((node) => node.kind === kind);
      if (many) chips.push(this.chip(`kind ${kind}`, this.kinds[kind], many, (c) => this.mark(c, shape, byStrategy ? palette.kinds.dataset : palette.kinds[kind])));
    }
    if (byStrategy) {
      for (const [key, name] of [...Object.entries(this.strategies), ["none", this.words.no_strategy]]) {
        const many = count((node) => (node.strategy || "none") === key);
        if (many) chips.push(this.chip(`strategy ${key}`, name, many, (c) => this.mark(c, "circle", palette.strategies[key] || palette.none)));
      }
    }
    for (const [group, dash] of Object.entries(DASHES)) {
      const many = this.links.filter((link) => linkGroup(link.kind) === group).length;
      if (many) chips.push(this.chip(`link ${group}`, this.linkNames[group], many, (context) => this.stroke(context, palette.links[group], dash)));
    }
    this.part("legend").replaceChildren(...chips);
  }

  chip(key, name, many, paint) {
    const button = document.createElement("button");
    const mark = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    mark.width = mark.height = 16 * ratio;
    const context = mark.getContext("2d");
    context.scale(ratio, ratio);
    paint(context);
    button.type = "button";
    button.title = fill(this.words.toggle, { name });
    button.setAttribute("aria-pressed", String(!this.off.has(key)));
    button.append(mark, `${name} ${many}`);
    button.addEventListener("click", () => {
      if (!this.off.delete(key)) this.off.add(key);
      button.setAttribute("aria-pressed", String(!this.off.has(key)));
      this.filter();
    });
    return button;
  }

  mark(context, shape, colour) {
    context.beginPath();
    traceShape(context, shape, 8, 8, 5.5);
    context.fillStyle = colour;
    context.fill();
  }

  stroke(context, colour, dash) {
    context.setLineDash(dash);
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(1, 8);
    context.lineTo(15, 8);
    context.stroke();
  }

  save() {
    this.paint();
    this.canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "idea-graph.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
}
