// How the picture looks: shapes, colours, labels. Shapes tell kinds apart for those who do not see colours. Titles are painted as text.
const SHAPES = { strategy: "circle", direction: "hexagon", paper: "circle", method: "square", task: "triangle", dataset: "diamond", idea: "star" };
const DASHES = { belongs_to: [], cites: [], similar: [4, 3], mentions: [] };
// On the light and on the dark page: each mark has a contrast of 3 or more with it (WCAG 2.2, 1.4.11); lines may be fainter.
const PALETTES = {
  light: {
    page: "#ffffff",
    text: "#1d2433",
    centre: "#c2255c",
    kinds: { strategy: "#3355a8", direction: "#18806f", paper: "#b9770e", method: "#c2255c", task: "#7a5bb0", dataset: "#5a6478", idea: "#2b8a3e" },
    strategies: { efficient: "#3355a8", existing: "#2b8a3e", "plug-and-play": "#d2650a", evaluation: "#7a5bb0" },
    none: "#8b93a3",
    links: { belongs_to: "#a9b4ca", cites: "#8b6f3e", similar: "#9db3a8", mentions: "#d3a9bd" },
  },
  dark: {
    page: "#12161f",
    text: "#e6e9f0",
    centre: "#ff7fa8",
    kinds: { strategy: "#7f9df0", direction: "#3fbfa8", paper: "#f0b85a", method: "#ff7fa8", task: "#b094e6", dataset: "#a9b1c2", idea: "#6fd08c" },
    strategies: { efficient: "#7f9df0", existing: "#6fd08c", "plug-and-play": "#f5a04c", evaluation: "#b094e6" },
    none: "#6f7a90",
    links: { belongs_to: "#4a5674", cites: "#9a814f", similar: "#55705f", mentions: "#83566b" },
  },
};
const LABEL_LENGTH = 42;
const MOST_LABELS = 90;

function linkGroup(kind) {
  return DASHES[kind] ? kind : "mentions";
}

function nodeColour(node, byStrategy, palette) {
  if (!byStrategy) return palette.kinds[node.kind];
  return palette.strategies[node.strategy] || palette.none;
}

function tracePolygon(context, x, y, r, corners, turn, inner) {
  const count = inner ? corners * 2 : corners;
  for (let corner = 0; corner < count; corner += 1) {
    const reach = inner && corner % 2 ? r * inner : r;
    const angle = turn + (corner * 2 * Math.PI) / count;
    const [px, py] = [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
    if (corner) context.lineTo(px, py);
    else context.moveTo(px, py);
  }
  context.closePath();
}

function traceShape(context, shape, x, y, r) {
  if (shape === "circle") {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  } else if (shape === "square") context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else if (shape === "triangle") tracePolygon(context, x, y + r * 0.15, r * 1.2, 3, -Math.PI / 2);
  else if (shape === "diamond") tracePolygon(context, x, y, r * 1.2, 4, 0);
  else if (shape === "hexagon") tracePolygon(context, x, y, r * 1.05, 6, 0);
  else tracePolygon(context, x, y, r * 1.3, 5, -Math.PI / 2, 0.5);
}

// One path a kind of link: two thousand lines take four strokes.
function paintLinks(context, links, lit, scale, palette) {
  for (const [group, dash] of Object.entries(DASHES)) {
    context.beginPath();
    for (const link of links) {
      if (linkGroup(link.kind) !== group) continue;
      context.moveTo(link.tail.x, link.tail.y);
      context.lineTo(link.head.x, link.head.y);
    }
    context.setLineDash(dash.map((part) => part / scale));
    context.strokeStyle = palette.links[group];
    context.globalAlpha = lit ? 0.18 : 0.6;
    context.lineWidth = 1 / scale;
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  paintPath(context, links, scale, palette);
  if (!lit) return;
  for (const link of links) {
    if (link.tail !== lit && link.head !== lit) continue;
    context.strokeStyle = palette.links[linkGroup(link.kind)];
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 2.2 / scale;
    context.beginPath();
    context.moveTo(link.tail.x, link.tail.y);
    context.lineTo(link.head.x, link.head.y);
    context.stroke();
    if (link.kind === "cites") paintTip(context, link, scale);
  }
}

// The steps of the path that is asked for, above all other links.
function paintPath(context, links, scale, palette) {
  context.beginPath();
  for (const link of links) {
    if (!link.path) continue;
    context.moveTo(link.tail.x, link.tail.y);
    context.lineTo(link.head.x, link.head.y);
  }
  context.strokeStyle = palette.centre;
  context.lineWidth = 3.5 / scale;
  context.stroke();
}

function paintTip(context, { tail, head }, scale) {
  const angle = Math.atan2(head.y - tail.y, head.x - tail.x);
  const x = head.x - (head.r + 2) * Math.cos(angle);
  const y = head.y - (head.r + 2) * Math.sin(angle);
  context.beginPath();
  tracePolygon(context, x - (5 / scale) * Math.cos(angle), y - (5 / scale) * Math.sin(angle), 6 / scale, 3, angle);
  context.fill();
}

function dimmed(node, near, found) {
  return found ? !found.has(node) : Boolean(near) && !near.has(node) && !node.path;
}

// Marks and labels are painted once and then copied: without a graphics card, paths and the outlines of letters are what takes long.
class Stamps {
  constructor(most) {
    this.most = most;
    this.kept = new Map();
  }

  // A canvas with what `paint(context)` paints around its middle, `wide` by `high` pixels of the page.
  get(key, wide, high, ratio, paint) {
    const name = `${key} ${ratio}`;
    const found = this.kept.get(name);
    if (found) return found;
    if (this.kept.size >= this.most) this.kept.clear();
    const made = document.createElement("canvas");
    made.width = Math.ceil(wide * ratio);
    made.height = Math.ceil(high * ratio);
    const context = made.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, made.width / 2, made.height / 2);
    paint(context);
    this.kept.set(name, made);
    return made;
  }
}

const MARKS = new Stamps(200);
const NAMES = new Stamps(600);
const WIDTHS = new Map(); // measuring letters takes longer than copying them

function measure(context, style, text) {
  context.font = style;
  const wide = context.measureText(text).width + 6;
  if (WIDTHS.size > 5000) WIDTHS.clear();
  WIDTHS.set(`${style} ${text}`, wide);
  return wide;
}

function stamp(context, image, x, y, ratio) {
  const [wide, high] = [image.width / ratio, image.height / ratio];
  // On whole pixels of the screen: copies between them are slow and blurred.
  context.drawImage(image, Math.round((x - wide / 2) * ratio) / ratio, Math.round((y - high / 2) * ratio) / ratio, wide, high);
}

// On the screen's own scale, the chosen node and the centre last.
function paintNodes(context, nodes, { toScreen, chosen, near, found, byStrategy, ratio, palette }) {
  const last = nodes.filter((node) => node === chosen || node.centre);
  for (const node of [...nodes.filter((node) => node !== chosen && !node.centre), ...last]) {
    const [x, y, scale] = toScreen(node);
    const r = Math.max(1.5, Math.round(node.r * scale * 4) / 4);
    const frame = node === chosen ? palette.text : node.centre || node.path ? palette.centre : palette.page;
    const colour = nodeColour(node, byStrategy, palette);
    const image = MARKS.get(`${node.kind} ${colour} ${frame} ${r}`, 2.8 * r + 8, 2.8 * r + 8, ratio, (mark) => {
      mark.beginPath();
      traceShape(mark, SHAPES[node.kind], 0, 0, r);
      mark.fillStyle = colour;
      mark.fill();
      mark.lineWidth = frame === palette.page ? 1.2 : 3;
      mark.strokeStyle = frame;
      mark.stroke();
    });
    context.globalAlpha = dimmed(node, near, found) && frame === palette.page ? 0.22 : 1;
    stamp(context, image, x, y, ratio);
  }
  context.globalAlpha = 1;
}

// Labels on the screen's own scale, the weightier first; one that would lie on another is left out until there is room.
function paintLabels(context, nodes, { toScreen, chosen, near, found, hovered, width, height, font, ratio, palette }) {
  const rank = { strategy: 3, direction: 2, method: 1, task: 1, dataset: 1, idea: 0.5, paper: 0 };
  const weight = (node) =>
    (node === hovered || node === chosen ? 1e6 : 0) + (node.centre || node.path ? 1e5 : 0) + rank[node.kind] * 1e3 + node.links;
  const shown = nodes.filter((node) => node === hovered || node === chosen || !dimmed(node, near, found));
  shown.sort((one, other) => weight(other) - weight(one) || (one.id < other.id ? -1 : 1));
  const taken = [];
  for (const node of shown) {
    const [x, y, scale] = toScreen(node);
    const must = node === hovered || node === chosen || node.centre || node.path;
    // Small dots of a wide picture have no names: they would be a carpet.
    if (!must && node.kind === "paper" && scale < 1.6 && !near && !found) continue;
    if (x < -50 || y < -20 || x > width + 50 || y > height + 20) continue;
    const image = nameOf(context, node.name, must || node.kind === "strategy", font, ratio, palette);
    const [half, top] = [image.width / ratio / 2, y + node.r * scale + 2];
    const box = [x - half, top, x + half, top + 15];
    if (!must && taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    stamp(context, image, x, top + 8, ratio);
    if (taken.length > MOST_LABELS) break;
  }
}

function nameOf(context, title, strong, font, ratio, palette) {
  const text = title.length > LABEL_LENGTH ? `${title.slice(0, LABEL_LENGTH - 1)}…` : title;
  const style = `${strong ? 600 : 400} ${strong ? 13 : 12}px ${font}`;
  const wide = WIDTHS.get(`${style} ${text}`) || measure(context, style, text);
  return NAMES.get(`${style} ${palette.text} ${text}`, wide, 18, ratio, (name) => {
    name.font = style;
    name.textAlign = "center";
    name.textBaseline = "middle";
    name.lineJoin = "round";
    name.lineWidth = 3.5;
    name.strokeStyle = palette.page;
    name.fillStyle = palette.text;
    name.strokeText(text, 0, 0);
    name.fillText(text, 0, 0);
  });
}
