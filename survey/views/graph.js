// Draws survey/drawing.py's Drawing as SVG. Titles enter as text nodes only. A click or Enter on a node reports its id.
const SVG = "http://www.w3.org/2000/svg";
const KINDS = { strategy: "Strategy", direction: "Direction", paper: "Paper" };
const EDGES = { belongs_to: "belongs to", cites: "cites", similar: "near in meaning" };

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function legend() {
  const group = element("g", { class: "legend", transform: "translate(12, 18)" });
  let x = 0;
  for (const [kind, name] of Object.entries(KINDS)) {
    group.append(element("circle", { class: kind, cx: x + 6, cy: -4, r: 6 }), element("text", { x: x + 18, y: 0 }, name));
    x += 30 + 7 * name.length;
  }
  for (const [kind, name] of Object.entries(EDGES)) {
    group.append(element("line", { class: kind, x1: x, y1: -4, x2: x + 24, y2: -4 }), element("text", { x: x + 30, y: 0 }, name));
    x += 44 + 7 * name.length;
  }
  return group;
}

function edge(line, at) {
  const { x: x1, y: y1 } = at[line.tail];
  const { x: x2, y: y2, r } = at[line.head];
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const short = line.kind === "cites" ? (length - r - 3) / length : 1; // the arrow's tip touches the dot
  const drawn = { class: line.kind, x1, y1, x2: x1 + (x2 - x1) * short, y2: y1 + (y2 - y1) * short };
  if (line.kind === "cites") drawn["marker-end"] = "url(#tip)";
  const made = element("line", drawn);
  made.dataset.tail = line.tail;
  made.dataset.head = line.head;
  return made;
}

function node(dot, choose) {
  const name = [dot.title, dot.zh, dot.year].filter(Boolean).join(" · ");
  const made = element("g", {
    class: `node ${dot.kind}${dot.centre ? " centre" : ""}`, tabindex: 0, role: "button", "aria-label": `${KINDS[dot.kind]}: ${name}`,
  });
  made.dataset.node = dot.id;
  made.append(element("title", {}, name), element("circle", { cx: dot.x, cy: dot.y, r: dot.r }));
  if (dot.label) {
    made.append(element("text", { x: dot.label_x, y: dot.label_y, "text-anchor": dot.anchor }, dot.label));
  }
  made.addEventListener("click", () => choose(dot.id));
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(dot.id);
    }
  });
  return made;
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const svg = parentElement.querySelector("svg");
  const { drawing, chosen } = data;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${drawing.width} ${drawing.height}`);
  const marker = element("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto" });
  marker.append(element("path", { d: "M0 0 L8 4 L0 8 z" }));
  const edges = element("g", { class: "edges" });
  const nodes = element("g", { class: "nodes" });
  const at = Object.fromEntries(drawing.dots.map((dot) => [dot.id, dot]));
  const mark = (id) => {
    for (const one of nodes.children) one.classList.toggle("chosen", one.dataset.node === id);
    for (const one of edges.children) one.classList.toggle("lit", one.dataset.tail === id || one.dataset.head === id);
  };
  const choose = (id) => {
    mark(id);
    setStateValue("chosen", id);
  };
  edges.append(...drawing.lines.map((line) => edge(line, at)));
  // Labels of the greater nodes must not lie under the dots of papers.
  const order = [...drawing.dots].sort((a, b) => Number(Boolean(a.label)) - Number(Boolean(b.label)));
  nodes.append(...order.map((dot) => node(dot, choose)));
  svg.append(marker, edges, nodes, legend());
  mark(chosen);
}
