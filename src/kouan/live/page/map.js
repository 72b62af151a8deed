// The map: roads, places by kind with who waits and is served, and vehicles that move smoothly.

import { glyph, svg } from "/icons.js";
import { placeLabels, placeNodes } from "/layout.js";

const ROW = 20;
const WAIT = 26; // room for the number of those that wait
const SETTLE_MS = 350; // how fast a drawn vehicle follows where it is
const FEW = 10; // so many places can be named on a narrow map too
const MOST_APART = 3; // more vehicles that stand at one node are drawn as one with their number
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

// What of the map's height is used.
function extent(labels, at) {
  const tops = [...labels.map((label) => label.y), ...[...at.values()].map((dot) => dot.y - 14)];
  const ends = [...labels.map((label) => label.y + label.h), ...[...at.values()].map((dot) => dot.y + 14)];
  const top = Math.floor(Math.min(...tops) - 14);
  return { top, height: Math.ceil(Math.max(...ends) + 14 - top) };
}

export class PortMap {
  constructor(element, port, words) {
    this.element = element;
    this.port = port;
    this.words = words;
    this.rows = new Map();
    this.marks = new Map();
    this.now = () => 0;
    this.view = null;
    new ResizeObserver(() => this.draw()).observe(element);
    const frame = (time) => {
      if (!still.matches) this.move(time);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  draw() {
    const width = Math.floor(this.element.clientWidth);
    if (!width || (this.drawn && this.drawn.width === width)) return;
    this.redraw(width);
  }

  redraw(width = Math.floor(this.element.clientWidth)) {
    const few = this.port.places.filter((place) => place.node).length <= FEW;
    const named = width >= 1000 || few;
    const margin = width < 700 ? { x: 46, y: 40 } : { x: 90, y: 84 };
    this.drawn = placeNodes(this.port, width, margin);
    this.marks.clear();
    this.rows.clear();
    if (!this.drawn) {
      this.element.textContent = this.words.say("no_roads");
      return;
    }
    const { at } = this.drawn;
    const lines = this.port.segments.map((one) => [at.get(one.start), at.get(one.end)]);
    const lengths = this.port.segments.map((one) => this.length(one, at)).filter(Boolean);
    const written = lengths.map((one) => one.box);
    const labels = placeLabels(this.labels(at, named), lines, written, this.drawn);
    const { top, height } = extent(labels, at);
    const root = svg("svg", { viewBox: `0 ${top} ${width} ${height}`, width, height, role: "img" });
    root.setAttribute("aria-label", this.words.say("map_says"));
    root.append(this.roads(at), ...lengths.map((one) => one.text));
    root.append(...labels.map((label) => this.leader(label)));
    root.append(this.nodes(at), ...labels.map((label) => this.label(label)));
    this.layer = svg("g", {});
    root.append(this.layer);
    this.element.replaceChildren(root);
    if (this.view) this.update(this.view);
  }

  roads(at) {
    const group = svg("g", {});
    const points = (one) => {
      const [a, b] = [at.get(one.start), at.get(one.end)];
      return { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
    };
    for (const one of this.port.segments) {
      group.append(svg("line", { class: one.single_lane || one.one_way ? "road thin" : "road", ...points(one) }));
    }
    for (const one of this.port.segments) {
      group.append(svg("line", { class: one.one_way ? "lane one-way" : "lane", ...points(one) }));
    }
    return group;
  }

  // The length stands beside roads that are long enough to be shortened on the map.
  length(one, at) {
    const [a, b] = [at.get(one.start), at.get(one.end)];
    const drawn = Math.hypot(b.x - a.x, b.y - a.y);
    if (one.length_mm < 1_000_000 || drawn < 60) return null;
    const upright = Math.abs(b.y - a.y) > Math.abs(b.x - a.x);
    const side = one.one_way && (upright ? b.y > a.y : b.x < a.x) ? -1 : 1;
    const x = (a.x + b.x) / 2 + (upright ? 12 * side : 0);
    const y = (a.y + b.y) / 2 + (upright ? 4 : side > 0 ? 20 : -12);
    const anchor = upright ? (side > 0 ? "start" : "end") : "middle";
    const says = `${this.words.number(one.length_mm / 1e6, 2)} km`;
    const w = this.words.width(says);
    const left = { start: x, middle: x - w / 2, end: x - w }[anchor];
    const text = svg("text", { class: "length", x, y, "text-anchor": anchor }, says);
    return { text, box: { x: left - 4, y: y - 12, w: w + 8, h: 16 } };
  }

  nodes(at) {
    const group = svg("g", {});
    for (const node of this.port.nodes.filter((one) => one.declared)) {
      const { x, y } = at.get(node.id);
      group.append(svg("circle", { class: "node", cx: x, cy: y, r: 4 }, svg("title", {}, node.id)));
    }
    return group;
  }

  // An arrow to the north as the map is turned, for the legend.
  north() {
    const angle = [0, -90, 180, 90][this.drawn?.turn ?? 0];
    const arrow = svg("path", { class: "north", d: "M8 0L13 15 8 11.5 3 15z", transform: `rotate(${angle} 8 8)` });
    return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, arrow);
  }

  labels(at, named) {
    const groups = new Map();
    for (const place of this.port.places.filter((one) => at.has(one.node))) {
      groups.set(place.node, [...(groups.get(place.node) ?? []), place]);
    }
    return [...groups].map(([node, places]) => {
      const widest = (texts) => Math.max(...texts.map((text) => this.words.width(text)));
      const name = named ? widest(places.map((place) => this.words.place(place))) + 10 : 0;
      const most = (one) => (this.words.counted(one) ? `${one.stations.length}/${one.stations.length}` : "");
      const count = widest(places.map(most));
      const w = 26 + name + (count ? count + 8 : 0) + WAIT;
      return { node, places, named, at: at.get(node), w, h: places.length * ROW + 4 };
    });
  }

  leader(label) {
    const x = Math.min(Math.max(label.at.x, label.x), label.x + label.w);
    const y = Math.min(Math.max(label.at.y, label.y), label.y + label.h);
    return svg("line", { class: "leader", x1: label.at.x, y1: label.at.y, x2: x, y2: y });
  }

  label(label) {
    const box = svg("rect", { class: "label", width: label.w, height: label.h, rx: 4 });
    const group = svg("g", { transform: `translate(${label.x} ${label.y})` }, box);
    label.places.forEach((place, index) => {
      const row = svg("g", { class: "row", transform: `translate(6 ${index * ROW + 4})` });
      const name = this.words.place(place);
      row.append(svg("title", {}, name), svg("g", {}, glyph(place.kind)));
      if (label.named) row.append(svg("text", { class: "name", x: 22, y: 12 }, name));
      const count = svg("text", { class: "count", x: label.w - WAIT - 10, y: 12, "text-anchor": "end" });
      const wait = svg("text", { class: "wait", x: label.w - 12, y: 12, "text-anchor": "end" });
      row.append(count, wait);
      this.rows.set(place.id, { row, count, wait });
      group.append(row);
    });
    return group;
  }

  update(view) {
    this.view = view;
    if (!this.drawn) return;
    for (const place of view.places) {
      const shown = this.rows.get(place.id);
      if (shown) this.updateRow(shown, place);
    }
    const known = new Set(view.vehicles.map((vehicle) => vehicle.id));
    for (const [id, mark] of this.marks) {
      if (!known.has(id)) {
        mark.group.remove();
        this.marks.delete(id);
      }
    }
    this.parked = new Map();
    for (const vehicle of view.vehicles) {
      this.mark(vehicle);
      if (!vehicle.next) this.parked.set(vehicle.node, [...(this.parked.get(vehicle.node) ?? []), vehicle.id]);
    }
    if (still.matches) this.move(0);
  }

  updateRow(shown, place) {
    const state = this.words.placeState(place, this.view);
    shown.row.classList.toggle("closed", !state.open);
    shown.row.classList.toggle("failed", place.failed.length > 0);
    shown.row.classList.toggle("busy", place.busy.length > 0);
    shown.count.textContent = state.served;
    shown.wait.textContent = place.waiting ? `+${place.waiting}` : "";
  }

  mark(vehicle) {
    if (this.marks.has(vehicle.id)) return;
    const body = svg("path", { class: "vehicle", d: "M-7-4h10l4 4-4 4h-10z" });
    const number = svg("text", { class: "number", x: 10, y: 4 });
    const group = svg("g", {}, svg("title", {}, vehicle.id), body, number);
    this.layer.append(group);
    this.marks.set(vehicle.id, { group, body, number, x: null, y: null });
  }

  // Where a vehicle is now: on its way, or standing at its node beside others.
  target(vehicle, now) {
    const { at } = this.drawn;
    const from = at.get(vehicle.node);
    const to = at.get(vehicle.next);
    if (!from) return null;
    if (!to) return this.standing(vehicle, from);
    const until = vehicle.stopped_ms || now;
    const whole = Math.max(1, vehicle.due_ms - vehicle.since_ms);
    const share = Math.min(1, Math.max(0, (until - vehicle.since_ms) / whole));
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    return {
      x: from.x + (to.x - from.x) * share - Math.sin(angle) * 4,
      y: from.y + (to.y - from.y) * share + Math.cos(angle) * 4,
      angle,
      number: "",
    };
  }

  standing(vehicle, from) {
    const here = this.parked.get(vehicle.node) ?? [vehicle.id];
    const index = here.indexOf(vehicle.id);
    const many = here.length > MOST_APART;
    const offset = many ? 0 : (index - (here.length - 1) / 2) * 16;
    const number = many && index === here.length - 1 ? `×${here.length}` : "";
    return { x: from.x + offset, y: from.y, angle: 0, number };
  }

  move(time) {
    if (!this.view || !this.drawn) return;
    const passed = Math.min(1000, time - (this.moved ?? time));
    this.moved = time;
    const share = still.matches ? 1 : 1 - Math.exp(-passed / SETTLE_MS);
    const now = this.now();
    for (const vehicle of this.view.vehicles) this.follow(vehicle, this.target(vehicle, now), share);
  }

  follow(vehicle, target, share) {
    const mark = this.marks.get(vehicle.id);
    if (!mark || !target) return;
    const from = mark.x === null ? target : mark;
    mark.x = from.x + (target.x - from.x) * (mark.x === null ? 1 : share);
    mark.y = from.y + (target.y - from.y) * (mark.x === null ? 1 : share);
    const degrees = (target.angle * 180) / Math.PI;
    mark.group.setAttribute("transform", `translate(${mark.x.toFixed(1)} ${mark.y.toFixed(1)})`);
    mark.body.setAttribute("transform", `rotate(${degrees.toFixed(0)})`);
    mark.body.setAttribute("class", this.look(vehicle));
    if (mark.number.textContent !== target.number) mark.number.textContent = target.number;
  }

  look(vehicle) {
    const kind = vehicle.stopped_ms ? "stopped" : vehicle.errand === "charging" ? "charging" : vehicle.load_kg ? "loaded" : "empty";
    return `vehicle ${kind}`;
  }
}
