// The page of a live port: asks for the view once a second and shows it. It changes nothing there.

import { by, make, now, open, state, write } from "/frame.js";
import { icon } from "/icons.js";
import { PortMap } from "/map.js";

let map = null;

function show() {
  sides();
  figures();
  alarms();
  places();
  vehicles();
  map.update(state.view);
}

function sides() {
  const { words, view } = state;
  for (const side of ["neighbour", "border", "home"]) {
    const card = by(`side-${side}`);
    if (!card.childElementCount) card.append(make("h3"), make("p", { class: "clock" }), make("p", { class: "state" }));
    const [name, clock, text] = card.children;
    const opening = words.opening(`side:${side}`, view, now(), side);
    write(name, side === "border" ? words.say("side_border") : words.side(side));
    write(text, opening.text);
    card.classList.toggle("open", opening.open);
    if (side === "border") write(clock, words.say("border_says"));
  }
  clocks();
}

function clocks() {
  for (const side of ["neighbour", "home"]) {
    const style = { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const clock = by(`side-${side}`).querySelector(".clock");
    if (clock) write(clock, state.words.time(now(), side, style));
  }
}

function figures() {
  const { words, view } = state;
  const { today } = view;
  const phases = Object.fromEntries(view.phases);
  const rows = [
    ["finished", words.number(today.finished)],
    ["crossings", words.number(today.crossings)],
    ["trips", words.number(today.trips)],
    ["tonnes", words.number(today.mass_kg / 1000, 1)],
    ["turned_back", words.number(today.turned_back)],
    ["in_port", words.number(phases.moving + phases.waiting + phases.served + phases.leaving)],
  ];
  const list = by("figures");
  for (const [key, value] of rows) {
    let item = list.querySelector(`[data-key=${key}]`);
    if (!item) {
      item = make("div", { "data-key": key }, make("dt"), make("dd"));
      list.append(item);
    }
    write(item.children[0], words.say(key));
    write(item.children[1], value);
  }
}

function alarms() {
  const { words, view } = state;
  const list = by("alarms");
  const key = JSON.stringify([words.language, view.alarms]);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  const known = new Map([...list.children].map((item) => [item.dataset.alarm, item]));
  const items = view.alarms.map((alarm) => {
    const id = JSON.stringify(alarm);
    const item = known.get(id) ?? make("li", { "data-alarm": id }, make("time"), make("strong"), make("span"));
    const [time, subject, text] = item.children;
    write(time, words.moment(alarm.at_ms, now()));
    write(subject, alarm.subject);
    write(text, words.alarm(alarm.text));
    return item;
  });
  list.replaceChildren(...(items.length ? items : [make("li", { class: "none" }, words.say("no_alarms"))]));
}

// One table: a head of texts, and rows kept by id so that only what changed is written.
function table(id, columns, rows, none) {
  const element = by(id);
  const [head, body] = [element.tHead, element.tBodies[0]];
  const titles = columns.map((key) => state.words.say(key));
  if (head.dataset.key !== titles.join()) {
    head.dataset.key = titles.join();
    head.replaceChildren(make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title))));
    body.replaceChildren();
  }
  const known = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  for (const [key, cells, kind] of rows) {
    let row = known.get(key);
    known.delete(key);
    if (!row) {
      row = make("tr", { "data-id": key });
      cells.forEach((_, index) => {
        const cell = make(index ? "td" : "th", index ? { "data-title": titles[index] } : { scope: "row" });
        if (!index && kind) cell.append(icon(kind));
        row.append(cell);
        cell.append(make("span"));
      });
      body.append(row);
    }
    cells.forEach((text, index) => {
      write(row.cells[index].lastElementChild, text);
      row.cells[index].toggleAttribute("data-none", text === state.words.say("none"));
    });
  }
  for (const row of known.values()) row.remove();
  if (!rows.length) body.replaceChildren(make("tr", {}, make("td", { colspan: columns.length }, none)));
}

// A parking place has room for its vehicles, however few stations it declares.
function stationsBusy(place, card) {
  const busy = place.busy.length;
  return busy > card.stations.length ? String(busy) : `${busy} / ${card.stations.length}`;
}

function places() {
  const { words, view } = state;
  const rows = view.places.map((place) => {
    const { card, text } = words.placeState(place, view);
    const served = stationsBusy(place, card);
    const kind = words.say(`kind_${card.kind}`);
    const failed = place.failed.join(", ") || words.say("none");
    const cells = [words.called(card), kind, words.say(`side_${card.side}`), text, words.number(place.waiting), words.number(place.coming), served, failed];
    return [place.id, cells, card.kind];
  });
  table("place-table", ["place", "kind", "side", "state", "waiting", "coming", "stations", "failed"], rows, "");
  by("place-table").querySelectorAll("tbody tr").forEach((row, index) => {
    const place = view.places[index];
    row.classList.toggle("busy", place.waiting > 0);
    row.classList.toggle("failed", place.failed.length > 0);
  });
  loose();
}

// Places that lie at no road are listed below the map.
function loose() {
  const { words, view } = state;
  const list = by("loose");
  const onRoad = new Set(words.port.nodes.map((node) => node.id));
  const places = view.places.filter((place) => !onRoad.has(words.placeState(place, view).card.node));
  list.hidden = !places.length;
  for (const place of places) {
    const { card, served, open } = words.placeState(place, view);
    let item = list.querySelector(`[data-id="${CSS.escape(place.id)}"]`);
    if (!item) {
      item = make("li", { "data-id": place.id }, icon(card.kind), make("span"), make("b"), make("i"));
      list.append(item);
    }
    write(item.children[1], words.place(card));
    write(item.children[2], served);
    write(item.children[3], place.waiting ? `+${place.waiting}` : "");
    item.className = open ? (place.busy.length ? "busy" : "") : "closed";
  }
}

function vehicles() {
  const { words, view } = state;
  const fleets = new Map(words.port.fleets.map((fleet) => [fleet.id, fleet]));
  const rows = view.vehicles.map((vehicle) => {
    const battery = fleets.get(vehicle.fleet)?.battery_wh || 1;
    const place = words.say(vehicle.next ? "drives" : "stands_at", vehicle);
    const kept = vehicle.halts.map((why) => words.say(`halt_${why}`));
    const where = [
      vehicle.stopped_ms ? words.say("stopped_for", { reason: words.alarm(vehicle.stopped_for) }) : place,
      ...(kept.length ? [words.say("halted_for", { reasons: kept.join(", ") })] : []),
    ].join("; ");
    const load = vehicle.load_kg ? words.say("tonnes_of", { mass: words.number(vehicle.load_kg / 1000, 1) }) : words.say("is_empty");
    const expected = vehicle.next ? words.time(vehicle.due_ms, "home", { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : words.say("none");
    const charge = `${Math.round((vehicle.charge_wh / battery) * 100)} %`;
    const cells = [vehicle.id, words.say(`errand_${vehicle.errand}`), vehicle.visit || words.say("none"), where, expected, load, charge];
    return [vehicle.id, cells];
  });
  table("vehicle-table", ["vehicle", "errand", "visit", "where", "expected", "load", "charge"], rows, words.say("no_vehicles"));
}

function legend() {
  const keys = ["loaded", "empty", "charging", "stopped"];
  const items = keys.map((key) => make("li", {}, make("i", { class: `swatch ${key}` }), state.words.say(`legend_${key}`)));
  const texts = ["legend_served", "legend_waiting", "schematic"].map((key) => make("li", {}, state.words.say(key)));
  const north = make("li", {}, map.north(), state.words.say("north"));
  by("legend").replaceChildren(north, ...items, ...texts);
}

open({
  title: "title",
  show,
  begin() {
    map = new PortMap(by("map"), state.words.port, state.words);
    map.now = now;
    setInterval(clocks, 250);
  },
  speak() {
    by("loose").setAttribute("aria-label", state.words.say("loose"));
    map.redraw();
    legend();
  },
});
