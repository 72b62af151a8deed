// Where things go on the map. The road is drawn as declared in order and direction, but long empty
// stretches are shortened and crowded ones widened, so that both ends of a long road can be read.

const STRETCH = 0.38; // a gap n times as long is drawn n to this power as long
const NEAR_MM = 1000; // nodes closer than this on an axis share it

// Positions of coordinates along an axis of a length, by compressed gaps.
function compress(values, length) {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const at = new Map([[sorted[0], 0]]);
  let total = 0;
  for (let i = 1; i < sorted.length; i += 1) {
    const gap = sorted[i] - sorted[i - 1];
    total += gap < NEAR_MM ? 0 : gap ** STRETCH;
    at.set(sorted[i], total);
  }
  for (const [value, offset] of at) at.set(value, total ? (offset / total) * length : length / 2);
  return { at, steps: sorted.length };
}

const TURNS = [
  (x, y) => [x, -y], // north up
  (x, y) => [-y, -x], // north left
  (x, y) => [-x, y], // north down
  (x, y) => [y, x], // north right
];

// Turn of the map so that its long side lies along the screen's, the neighbour left or on top.
function chooseTurn(port, nodes, portrait) {
  const spread = (index) => {
    const values = nodes.map((node) => (index ? node.y_mm : node.x_mm));
    return compress(values, 1).steps > 1 ? Math.max(...values) - Math.min(...values) : 0;
  };
  const tall = spread(1) > spread(0);
  const candidates = tall === portrait ? [0, 2] : [1, 3];
  const mean = (turn, side) => {
    const ids = port.places.filter((place) => place.side === side).map((place) => place.node);
    const points = nodes.filter((node) => ids.includes(node.id)).map((n) => TURNS[turn](n.x_mm, n.y_mm));
    const axis = portrait ? 1 : 0;
    return points.reduce((sum, point) => sum + point[axis], 0) / (points.length || 1);
  };
  return mean(candidates[0], "neighbour") <= mean(candidates[0], "home") ? candidates[0] : candidates[1];
}

export function placeNodes(port, width, margin) {
  const portrait = width < 700;
  const declared = port.nodes.filter((node) => node.declared);
  if (!declared.length) return null;
  const turn = chooseTurn(port, declared, portrait);
  const turned = declared.map((node) => [node.id, ...TURNS[turn](node.x_mm, node.y_mm)]);
  const columns = compress(turned.map((node) => node[1]), width - 2 * margin.x);
  const rows = new Set(turned.map((node) => node[2])).size;
  const labelled = new Set(port.places.map((place) => place.node).filter(Boolean)).size;
  const inner = portrait ? Math.max(52 * (rows - 1), 40 * labelled, 300) : rows === 1 ? 0 : Math.max(130, 38 * rows);
  const height = Math.min(inner, portrait ? 820 : 500);
  const down = compress(turned.map((node) => node[2]), height);
  const at = new Map();
  // A single upright road stands to the left, so that there is room for names beside it.
  const shift = portrait && columns.steps === 1 ? 0.3 * width - width / 2 : 0;
  for (const [id, x, y] of turned) {
    at.set(id, { x: margin.x + columns.at.get(x) + shift, y: margin.y + (height ? down.at.get(y) : 0) });
  }
  addBlocks(port, at);
  return { at, turn, width, height: height + 2 * margin.y, portrait };
}

// Ends of blocks lie evenly on their segment, named "segment.number".
function addBlocks(port, at) {
  const inner = new Map();
  for (const node of port.nodes.filter((one) => !one.declared)) {
    const segment = node.id.slice(0, node.id.lastIndexOf("."));
    inner.set(segment, [...(inner.get(segment) ?? []), node.id]);
  }
  for (const segment of port.segments) {
    const ids = inner.get(segment.id) ?? [];
    const [a, b] = [at.get(segment.start), at.get(segment.end)];
    ids.forEach((id, index) => {
      const share = (index + 1) / (ids.length + 1);
      at.set(id, { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share });
    });
  }
}

const overlap = (a, b) =>
  Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));

// How much of a road a box would hide, by points along it.
function hidden(box, lines) {
  let found = 0;
  for (const [a, b] of lines) {
    const steps = Math.max(1, Math.round(Math.hypot(b.x - a.x, b.y - a.y) / 8));
    for (let i = 0; i <= steps; i += 1) {
      const x = a.x + ((b.x - a.x) * i) / steps;
      const y = a.y + ((b.y - a.y) * i) / steps;
      if (x > box.x - 3 && x < box.x + box.w + 3 && y > box.y - 3 && y < box.y + box.h + 3) found += 1;
    }
  }
  return found;
}

const DIRECTIONS = Array.from({ length: 16 }, (_, i) => [Math.cos((i * Math.PI) / 8), Math.sin((i * Math.PI) / 8)]);
const REACHES = [14, 30, 52, 80, 115, 155];

// A place for every label near its node: none over another, as little over roads and over what
// else is written as can be.
export function placeLabels(labels, lines, written, layout) {
  const placed = [];
  const dots = [...layout.at.values()].map((dot) => ({ x: dot.x - 9, y: dot.y - 8, w: 18, h: 16 }));
  dots.push(...written);
  const crowded = [...labels].sort((a, b) => b.w * b.h - a.w * a.h);
  for (const label of crowded) {
    const box = bestBox(label, placed, dots, lines, layout);
    Object.assign(label, { x: box.x, y: box.y });
    placed.push(label);
  }
  return labels;
}

function bestBox(label, placed, dots, lines, layout) {
  let best = null;
  for (const reach of REACHES) {
    for (const [dx, dy] of DIRECTIONS) {
      const box = {
        x: label.at.x + dx * (reach + label.w / 2) - label.w / 2,
        y: label.at.y + dy * (reach + label.h / 2) - label.h / 2,
        w: label.w,
        h: label.h,
      };
      box.x = Math.min(Math.max(box.x, 2), layout.width - label.w - 2);
      box.y = Math.min(Math.max(box.y, 2), layout.height - label.h - 2);
      let cost = reach + 9 * hidden(box, lines);
      const grown = { x: box.x - 3, y: box.y - 3, w: box.w + 6, h: box.h + 6 };
      for (const other of placed) cost += overlap(grown, other) ? 4000 + overlap(grown, other) * 20 : 0;
      for (const dot of dots) cost += overlap(box, dot) ? 100 + overlap(box, dot) * 3 : 0;
      if (!best || cost < best.cost) best = { ...box, cost };
    }
  }
  return best;
}
