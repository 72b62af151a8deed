// The page of one visit: asks every few seconds how it stands, and says so in the driver's language.

const EVERY_MS = 5000;
const PATIENCE_MS = 8000;
const LANGUAGES = { zh: "中文", en: "English", mn: "Монгол", ru: "Русский" };
const LOCALES = { zh: "zh-CN", en: "en-GB", mn: "mn-MN", ru: "ru-RU" };
const TRANSLATED = ["mn", "ru"];
const STEPS = ["announced", "waiting", "called", "at_gate", "inside", "done"];
const STEP_OF = { booked: "announced", outside: "waiting", turned_back: "done" };
const LOOKS = { called: "go", at_gate: "go", turned_back: "bad", done: "over", inside: "over" };
const by = (id) => document.getElementById(id);

const state = { texts: null, language: "en", answer: null, got: 0, problem: "" };

function say(key, values = {}) {
  const text = state.texts[key]?.[state.language] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Text is set only when it differs, so that nothing is read aloud again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function note(id, text) {
  by(id).hidden = !text;
  write(by(id), text);
}

function time(at_ms, style = { hour: "2-digit", minute: "2-digit" }) {
  const options = { timeZone: state.answer.port.time_zone, hourCycle: "h23", ...style };
  return new Date(at_ms).toLocaleString(LOCALES[state.language], options);
}

// A time of another day is told with its date.
function moment(at_ms) {
  const day = { month: "short", day: "numeric" };
  return time(at_ms, day) === time(state.answer.now_ms, day) ? time(at_ms) : time(at_ms, { ...day, hour: "2-digit", minute: "2-digit" });
}

function named({ id = "", name, name_zh }) {
  if (state.language === "zh" && name_zh) return name_zh;
  return name || plain(id);
}

// An id as words: country codes in capitals, and the first letter.
function plain(id) {
  const { countries } = state.answer.port;
  const words = id.split("_").map((word) => (countries.includes(word.toUpperCase()) ? word.toUpperCase() : word));
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function show() {
  document.documentElement.lang = state.language;
  for (const element of document.querySelectorAll("[data-text]")) write(element, say(element.dataset.text));
  for (const button of by("languages").children) button.setAttribute("aria-pressed", String(button.lang === state.language));
  by("languages").setAttribute("aria-label", say("language"));
  note("translated", TRANSLATED.includes(state.language) ? say("translated") : "");
  note("connection", state.problem === "lost" && state.answer ? say("lost", { time: time(state.got) }) : "");
  document.body.classList.toggle("gone", Boolean(state.problem));
  if (state.answer) visit(state.answer);
  else if (state.problem) {
    write(by("standing"), say(state.problem === "unknown" ? "unknown" : "no_answer"));
    write(by("advice"), say(state.problem === "unknown" ? "unknown_says" : "no_answer_says"));
  }
}

function visit(answer) {
  const { standing } = answer;
  document.title = `${say(`standing_${standing}`)} · ${named(answer.port)}`;
  write(by("name"), named(answer.port));
  write(by("plate"), answer.plate_end ? say("plate", { end: answer.plate_end }) : "");
  note("rehearsal", answer.simulated ? say("rehearsal") : "");
  write(by("standing"), say(`standing_${standing}`));
  const advice = standing === "called" && answer.by_ms ? "advice_called_by" : `advice_${standing}`;
  write(by("advice"), say(advice, { time: answer.by_ms ? moment(answer.by_ms) : "" }));
  document.querySelector(".now").className = `now ${LOOKS[standing] ?? ""}`;
  where(answer);
  call(answer);
  cards(answer);
  const lacks = answer.missing.map((need) => say(`need_${need}`));
  by("missing").hidden = !lacks.length;
  if (by("missing-list").textContent !== lacks.join("")) by("missing-list").replaceChildren(...lacks.map((text) => make("li", {}, text)));
  steps(standing);
  write(by("footer"), say("updated", { time: time(answer.now_ms, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) }));
}

function where({ standing, place, station }) {
  const shown = place && !["done", "turned_back"].includes(standing);
  const name = shown ? named(place) : "";
  write(by("where"), station ? say("at_station", { place: name, station: plain(station) }) : name);
}

function call({ call, standing }) {
  const expected = ["booked", "announced", "outside", "waiting"].includes(standing) && call;
  by("call").hidden = !expected;
  if (!expected) return;
  const [low, middle, high] = call.quantiles_ms;
  const range = !low ? say("call_later") : high ? `${moment(low)} – ${moment(high)}` : say("call_from", { time: moment(low) });
  write(by("range"), range);
  write(by("middle"), middle ? say("call_middle", { time: moment(middle) }) : "");
  write(by("label"), say("call_label", { time: time(call.made_ms) }));
}

function cards({ position, slot_ms }) {
  const found = [];
  if (position) found.push(["position", String(position)]);
  if (slot_ms) found.push(["slot", `${moment(slot_ms[0])} – ${time(slot_ms[1])}`]);
  const list = by("cards");
  const rows = found.map(([key, value]) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, value)));
  if (list.textContent !== rows.map((row) => row.textContent).join("")) list.replaceChildren(...rows);
}

function steps(standing) {
  const at = STEPS.indexOf(STEP_OF[standing] ?? standing);
  const items = STEPS.map((step, index) => {
    const here = index === at;
    const text = say(here && step !== standing ? `standing_${standing}` : `standing_${step}`);
    const item = make("li", { class: index < at ? "past" : here ? "here" : "" }, text);
    if (here) item.setAttribute("aria-current", "step");
    return item;
  });
  by("steps").replaceChildren(...items);
}

async function poll() {
  try {
    const path = `${location.pathname}.json`;
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if ([401, 404].includes(answer.status)) state.problem = "unknown";
    else if (!answer.ok) throw new Error(`${answer.status}`);
    else {
      state.answer = await answer.json();
      state.got = state.answer.now_ms;
      state.problem = "";
    }
  } catch {
    state.problem = "lost";
  }
  show();
  setTimeout(poll, document.hidden ? 6 * EVERY_MS : EVERY_MS);
}

function choose(language) {
  state.language = language;
  try {
    localStorage.setItem("kouan.driver.language", language);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  show();
}

function first() {
  let kept = "";
  try {
    kept = localStorage.getItem("kouan.driver.language") ?? "";
  } catch {
    // As above.
  }
  const wanted = [new URLSearchParams(location.search).get("lang") ?? "", kept, ...navigator.languages];
  return wanted.map((one) => one.slice(0, 2).toLowerCase()).find((one) => one in LANGUAGES) ?? "en";
}

async function begin() {
  state.texts = await (await fetch("/driver-texts.json")).json();
  state.language = first();
  for (const [language, name] of Object.entries(LANGUAGES)) {
    const button = make("button", { type: "button", lang: language }, name);
    button.addEventListener("click", () => choose(language));
    by("languages").append(button);
  }
  await poll();
}

begin();
