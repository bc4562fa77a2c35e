// Where the nodes rest: springs along the links, every node pushing every other away (Fruchterman & Reingold 1991), in the steps of
// velocity Verlet. A fixed number of steps and no chance, so that the same drawing ends in the same picture. Some 300 thousand pairs of
// 800 nodes take a few milliseconds a step: a quadtree would save little.
const STEPS = 260;
const PUSH = 7200;
const FAR = 420; // beyond this, nodes do not push each other
const HOLD = [0.007, 0.018]; // towards the middle: less from the sides, for the picture is wider than high
const DRAG = 0.6;
const COOLING = 1 - Math.pow(0.002, 1 / STEPS);
const LENGTH = { belongs_to: 62, cites: 70, similar: 78 };
const USUAL_LENGTH = 66;

class Layout {
  constructor(nodes, links) {
    this.nodes = nodes; // {x, y, r}, changed in place
    this.links = links.map(({ tail, head, kind, pull }) => ({ tail, head, pull, length: LENGTH[kind] || USUAL_LENGTH }));
    for (const node of nodes) {
      node.vx = node.vy = 0;
      node.degree = 0;
    }
    for (const link of this.links) {
      link.tail.degree += 1;
      link.head.degree += 1;
    }
    [this.xs, this.ys, this.us, this.vs] = Array.from({ length: 4 }, () => new Float64Array(nodes.length));
    this.rs = Float64Array.from(nodes, (node) => node.r);
    this.heat = 1;
    this.left = STEPS;
  }

  get moving() {
    return this.left > 0;
  }

  // Pushes all pairs apart. Plain arrays of numbers, for this is nearly all of the work.
  part() {
    const { nodes, xs, ys, us, vs, rs, heat } = this;
    const count = nodes.length;
    for (let i = 0; i < count; i += 1) {
      xs[i] = nodes[i].x;
      ys[i] = nodes[i].y;
      us[i] = vs[i] = 0;
    }
    for (let i = 0; i < count; i += 1) {
      const x = xs[i];
      const y = ys[i];
      const r = rs[i];
      let u = 0;
      let v = 0;
      for (let j = i + 1; j < count; j += 1) {
        let dx = xs[j] - x;
        let dy = ys[j] - y;
        let square = dx * dx + dy * dy;
        if (square > FAR * FAR) continue;
        if (square < 1) {
          dx = 1 + (i % 3); // on one spot there is no way apart: each takes one of its own
          dy = 1 - (j % 3);
          square = dx * dx + dy * dy;
        }
        const touching = r + rs[j] + 6;
        const push = (PUSH * (square < touching * touching ? 3 : 1)) / (square * Math.sqrt(square));
        u -= dx * push;
        v -= dy * push;
        us[j] += dx * push;
        vs[j] += dy * push;
      }
      us[i] += u;
      vs[i] += v;
    }
    for (let i = 0; i < count; i += 1) {
      nodes[i].vx += us[i] * heat;
      nodes[i].vy += vs[i] * heat;
    }
  }

  warm(steps) {
    this.left = Math.max(this.left, steps);
    this.heat = Math.max(this.heat, 0.25);
  }

  step() {
    const { nodes, heat } = this;
    this.part();
    for (const { tail, head, pull, length } of this.links) {
      const dx = head.x + head.vx - tail.x - tail.vx;
      const dy = head.y + head.vy - tail.y - tail.vy;
      const distance = Math.hypot(dx, dy) || 1;
      const force = ((distance - length) / distance) * heat * (0.3 + 0.7 * pull) / Math.min(tail.degree, head.degree);
      const share = tail.degree / (tail.degree + head.degree);
      head.vx -= dx * force * share;
      head.vy -= dy * force * share;
      tail.vx += dx * force * (1 - share);
      tail.vy += dy * force * (1 - share);
    }
    for (const node of nodes) {
      node.vx = (node.vx - node.x * HOLD[0] * heat) * DRAG;
      node.vy = (node.vy - node.y * HOLD[1] * heat) * DRAG;
      if (node.held) continue;
      node.x += node.vx;
      node.y += node.vy;
    }
    this.heat *= 1 - COOLING;
    this.left -= 1;
  }
}
