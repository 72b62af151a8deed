// Lanes with devices: who stands there, what was found, how the devices are, and what a person does.

import { askToSignIn, by, call, make, mayAsk, now, open, poll, state, toSignIn, write } from "/frame.js";
import { checkName, lasting } from "/review.js";

const lanes = { status: 0, lanes: {}, devices: {}, visits: [], busy: false, problem: null, states: new Map() };

async function asks() {
  if (!mayAsk("lanes_see")) {
    lanes.status = state.session.name ? 403 : 401;
    return;
  }
  const answer = await call("/api/lanes");
  lanes.status = answer.status;
  if (answer.ok) Object.assign(lanes, answer.said);
}

// --- shown ----------------------------------------------------------------------------------------

function show() {
  const { words } = state;
  const mayNot = [401, 403].includes(lanes.status);
  by("ask").hidden = !mayNot;
  by("work").hidden = mayNot;
  by("none").hidden = mayNot || Object.keys(lanes.lanes).length > 0;
  by("problem").hidden = !lanes.problem;
  write(by("problem"), lanes.problem ? lanes.problem() : "");
  if (mayNot) {
    askToSignIn(lanes.status, "ask_lanes");
    return;
  }
  offerVisits();
  const told = [];
  for (const [station, lane] of Object.entries(lanes.lanes)) {
    const card = by("work").querySelector(`[data-station="${CSS.escape(station)}"]`) ?? newCard(station);
    const text = stateOf(lane, words);
    if (lanes.states.has(station) && lanes.states.get(station) !== text) {
      told.push(words.say("lane_said_state", { station: words.plain(station), state: text }));
    }
    lanes.states.set(station, text);
    showLane(card, station, lane);
  }
  if (told.length) write(by("said"), told.join(" "));
}

function offerVisits() {
  const key = JSON.stringify(lanes.visits);
  if (by("visits").dataset.key === key) return;
  by("visits").dataset.key = key;
  by("visits").replaceChildren(...lanes.visits.map(({ visit, plate }) => make("option", { value: visit }, `${plate} ${visit}`)));
}

// Who stands in a lane, in words.
function stateOf(lane, words) {
  const visit = lane.visit || words.say("lane_somebody");
  const place = words.port.places.find((one) => one.id === lane.to);
  if (lane.virtual) return words.say("lane_virtual", { visit });
  if (lane.leaving && lane.by_barrier) return words.say("lane_by_barrier", { visit });
  if (lane.leaving && place) return words.say("lane_way_out", { visit, place: words.called(place) });
  if (lane.leaving) return words.say("lane_way_back", { visit });
  if (lane.stage) return words.say("lane_served", { visit });
  return words.say(lane.seen_ms ? "lane_stranger" : "lane_empty");
}

function kindOf(lane) {
  if (lane.leaving) return lane.by_barrier ? "open" : "wait";
  if (lane.stage) return "busy";
  return lane.seen_ms ? "bad" : "";
}

// A part is made anew only when what it says has changed, so that selections last.
function fill(element, key, children) {
  const told = JSON.stringify([state.words.language, key]);
  if (element.dataset.key === told) return;
  element.dataset.key = told;
  element.replaceChildren(...children());
}

function newCard(station) {
  const parts = ["state", "plates", "alarms", "checks", "devices"].map((name) => make("div", { class: name }));
  const head = make("h2", { id: `lane-${station}` });
  const card = make("section", { class: "lane-card", "data-station": station, "aria-labelledby": head.id }, head, ...parts);
  if (mayAsk("lanes_work")) card.querySelector(".devices").before(actions(station));
  by("work").append(card);
  return card;
}

function showLane(card, station, lane) {
  const { words, view } = state;
  const [head, said, plates, alarms, checks] = card.children;
  const devices = card.querySelector(".devices");
  const acts = card.querySelector(".working");
  const at = words.port.lanes.find((one) => one.id === station)?.at;
  const place = words.port.places.find((one) => one.id === at);
  write(head, place ? `${words.called(place)} · ${words.plain(station)}` : words.plain(station));
  said.className = `state ${kindOf(lane)}`;
  const since = lane.since_ms || lane.seen_ms;
  const age = since ? ` · ${words.say("lane_since", { age: lasting(now() - since, words) })}` : "";
  write(said, `${stateOf(lane, words)}${age}`);
  fill(plates, [lane.plate, lane.announced_plate, lane.reason, lane.why, lane.seen_ms > 0], () => platesOf(lane));
  fill(checks, [lane.found, lane.awaited], () => checksOf(lane));
  const mine = Object.entries(lanes.devices).filter(([, device]) => device.station === station);
  fill(devices, mine, () => devicesOf(mine));
  const names = [station, lane.visit, ...mine.map(([name]) => name)].filter(Boolean);
  const raised = view.alarms.filter((alarm) => names.includes(alarm.subject)).slice(0, 5);
  fill(alarms, raised, () => alarmsOf(raised));
  if (acts) {
    acts.querySelector(".naming").hidden = acts.querySelector(".sending").hidden = !lane.seen_ms || Boolean(lane.visit);
    for (const element of acts.querySelectorAll("[data-text]")) write(element, words.say(element.dataset.text));
  }
}

function platesOf(lane) {
  const { words } = state;
  const rows = [];
  if (lane.plate) rows.push(["lane_plate", lane.plate]);
  else if (lane.reason) rows.push(["lane_plate", words.say("lane_plate_unread", { why: words.reason(lane.reason) })]);
  if (lane.announced_plate) rows.push(["lane_plate_announced", lane.announced_plate]);
  const items = rows.map(([key, text]) => make("div", {}, make("dt", {}, words.say(key)), make("dd", {}, text)));
  const why = lane.why ? [make("p", { class: "hint" }, words.say("lane_why", { why: words.concerns(lane.why) }))] : [];
  return [...(items.length ? [make("dl", {}, ...items)] : []), ...why];
}

function checksOf(lane) {
  const { words } = state;
  const found = [...new Set(lane.found.map((note) => note.check))].filter((check) => !lane.awaited.includes(check));
  const items = found.map((check) => {
    const read = lane.found.filter((note) => note.check === check).at(-1).read;
    return [check, read ? "lane_found" : "lane_failing", read ? "open" : "bad"];
  });
  items.push(...lane.awaited.map((check) => [check, "lane_awaited", "wait"]));
  const list = items.map(([check, key, kind]) => make("li", { class: `tag ${kind}` }, `${checkName(check, words)}${words.say("colon")}${words.say(key)}`));
  return list.length ? [make("h3", {}, words.say("lane_checks")), make("ul", { class: "tags" }, ...list)] : [];
}

function healthWhy(reason) {
  return state.words.told(reason, "health_") ?? reason;
}

function devicesOf(mine) {
  const { words } = state;
  const titles = ["lane_device", "lane_device_kind", "lane_shows", "lane_health"].map((key) => words.say(key));
  const rows = mine.map(([name, device]) => {
    const role = device.role ? ` (${words.say(`role_${device.role}`)})` : "";
    const checks = device.checks.map((check) => checkName(check, words)).join(words.say("comma"));
    const kind = `${words.say(`device_${device.kind}`)}${role}${checks ? ` · ${checks}` : ""}`;
    const why = device.reason ? `${words.say("colon")}${healthWhy(device.reason)}` : "";
    const cells = [words.plain(name), kind, device.shows ? words.say(`shows_${device.shows}`) : words.say("none"), `${words.say(`health_${device.state}`)}${why}`];
    const row = make("tr", { class: device.state === "ok" ? `shows-${device.shows}` : "failing" });
    cells.forEach((text, index) => {
      const cell = make(index ? "td" : "th", index ? { "data-title": titles[index] } : { scope: "row" }, text);
      cell.toggleAttribute("data-none", text === words.say("none"));
      row.append(cell);
    });
    return row;
  });
  const head = make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title))));
  return [make("h3", {}, words.say("lane_devices")), make("table", {}, head, make("tbody", {}, ...rows))];
}

function alarmsOf(raised) {
  const { words } = state;
  const items = raised.map((alarm) =>
    make("li", {}, make("time", {}, words.moment(alarm.at_ms, now())), make("strong", {}, alarm.subject), make("span", {}, words.alarm(alarm.text))),
  );
  const none = make("li", { class: "none" }, words.say("lane_no_alarms"));
  return [make("h3", {}, words.say("lane_alarms")), make("ol", {}, ...(items.length ? items : [none]))];
}

// --- done -----------------------------------------------------------------------------------------

// A form of one field, whose texts are the keys of a title, a label and a button.
function form(station, kind, texts, input, word, body) {
  const [title, name, does] = texts;
  const label = make("label", {}, make("span", { "data-text": name }), input);
  const button = make("button", { type: "submit", "data-text": does });
  const element = make("form", { class: kind, method: "post" }, make("h4", { "data-text": title }), label, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (lanes.busy) return;
    await send(station, word, body(input.value.trim()));
    if (!lanes.problem) element.reset();
  });
  return element;
}

function actions(station) {
  const visit = make("input", { list: "visits", maxlength: 64, autocomplete: "off", spellcheck: "false", required: "" });
  const why = make("input", { maxlength: 200, autocomplete: "off", required: "" });
  const count = make("input", { type: "number", min: 0, max: 20, value: 1, required: "" });
  return make(
    "div",
    { class: "working" },
    make("h3", { "data-text": "lane_act" }),
    form(station, "naming", ["lane_name", "lane_name_visit", "lane_name_do"], visit, "name", (text) => ({ visit: text })),
    form(station, "sending", ["lane_refuse", "lane_refuse_why", "lane_refuse_do"], why, "refuse", (text) => ({ reason: text })),
    form(station, "emptying", ["lane_empty_it", "lane_empty_count", "lane_empty_do"], count, "empty", (text) => ({ carriers: Number(text) })),
  );
}

async function send(station, word, body) {
  const { words } = state;
  Object.assign(lanes, { busy: true, problem: null });
  try {
    const answer = await call(`/api/lanes/${word}`, { station, ...body });
    if (answer.ok) write(by("said"), words.say(`lane_said_${word}`, { station: words.plain(station) }));
    else {
      const { problem } = answer.said;
      lanes.problem = () => words.say("desk_trouble", { problem: words.refusal(problem) });
      if (answer.status === 401) location.assign(toSignIn());
    }
  } catch {
    lanes.problem = () => words.say("desk_unsent");
  }
  lanes.busy = false;
  await poll();
}

open({ title: "lanes_title", asks, show });
