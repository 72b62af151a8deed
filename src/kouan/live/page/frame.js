// What every page of the port has: its words, the head with language, colours and account, and the
// view, asked for once a second. A page hands over what it shows and what else it asks for.

import { Words } from "/words.js";

const EVERY_MS = 1000;
const PATIENCE_MS = 5000;
const THEMES = ["auto", "light", "dark"];
export const by = (id) => document.getElementById(id);

export const state = { words: null, session: null, view: null, answer: null, got: 0, lost: null, shown: 0 };
let page = null;
let timer = 0;

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Text is set only when it differs, so that selections last and nothing is read aloud again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function now() {
  if (!state.answer) return 0;
  const at = state.answer.now_ms + (performance.now() - state.got) * state.answer.time_scale;
  state.shown = Math.max(state.shown, at);
  return state.shown;
}

// An answer of the port: its status, and its JSON, which says the problem where there is one.
export async function call(path, body) {
  const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body) {
    const headers = { "content-type": "application/json", "x-kouan-csrf": state.session.csrf ?? "" };
    Object.assign(options, { method: "POST", headers, body: JSON.stringify(body) });
  }
  const answer = await fetch(path, options);
  return { status: answer.status, ok: answer.ok, said: await answer.json() };
}

export function toSignIn() {
  return `/sign-in#${location.pathname}`;
}

// Whether whoever is signed in has a right; the port itself looks again at every question.
export function mayAsk(right) {
  return Boolean(state.session.rights?.includes(right));
}

// What stands in the place of a page that somebody may not see, by the status of the refusal.
export function askToSignIn(status, who) {
  const { words, session } = state;
  const roles = (session.roles ?? []).map((role) => role[words.language]).join(words.say("comma"));
  const asked = session.name && status === 403;
  const values = { name: session.name, roles, who: words.say(who) };
  write(by("ask-says"), asked ? words.say("ask_other", values) : words.say("ask_sign_in"));
  by("ask-sign-in").href = toSignIn();
}

async function ask(path) {
  const answer = await call(path);
  if (answer.status === 401) location.assign(toSignIn());
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.said;
}

// Ask at once, and from then on once a second.
export async function poll() {
  clearTimeout(timer);
  try {
    const [answer] = await Promise.all([ask("/api/view"), page.asks?.()]);
    Object.assign(state, { answer, view: answer.view, got: performance.now(), lost: null });
    show();
  } catch {
    state.lost ??= new Date();
    connection();
  }
  clearTimeout(timer);
  timer = setTimeout(poll, EVERY_MS);
}

function connection() {
  const note = by("connection");
  note.hidden = !state.lost;
  const time = state.lost?.toLocaleTimeString(state.words.locale, { hourCycle: "h23" });
  write(note, state.lost ? state.words.say("lost", { time }) : "");
  document.body.classList.toggle("lost", Boolean(state.lost));
}

function show() {
  const { words, view } = state;
  connection();
  page.show();
  write(by("mode"), words.say(`mode_${view.mode}`));
  by("mode").className = view.mode;
  const number = words.number(view.number);
  const lag = words.number(state.answer.lag_ms);
  write(by("footer"), `${words.say("journal", { number })} · ${words.say("lag", { lag })}`);
}

function speak(language) {
  const { words } = state;
  words.language = language;
  localStorage.setItem("language", language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) write(element, words.say(element.dataset.text));
  by("pages").setAttribute("aria-label", words.say("pages"));
  write(by("name"), words.portName());
  write(by("other-name"), words.otherName());
  by("other-name").lang = language === "zh" ? "en" : "zh-CN";
  document.title = words.say(page.title, { name: words.portName() });
  write(by("language"), words.say("language"));
  by("language").setAttribute("aria-label", words.say("language_says"));
  by("language").lang = language === "zh" ? "en" : "zh-CN";
  write(by("account"), state.session.name || words.say("sign_in"));
  const { simulated } = words.port;
  const scale = state.answer.time_scale;
  const parts = [simulated ? words.say("rehearsal") : "", scale > 1 ? words.say("faster", { scale: words.number(scale) }) : ""];
  write(by("rehearsal"), parts.filter(Boolean).join(" "));
  by("rehearsal").hidden = !parts.some(Boolean);
  theme(document.documentElement.dataset.theme);
  page.speak?.();
  show();
}

function theme(chosen) {
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
  write(by("theme"), state.words.say("theme", { theme: state.words.say(`theme_${chosen}`) }));
}

async function begin() {
  const asked = ["/texts.json", "/api/port", "/api/view", "/api/session"];
  const [texts, port, answer, session] = await Promise.all(asked.map(ask));
  Object.assign(state, { session, answer, view: answer.view, got: performance.now() });
  const words = new Words(texts, port, "en");
  words.now = now;
  state.words = words;
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
  page.begin?.();
  await page.asks?.();
  speak(localStorage.getItem("language") ?? port.lang);
  by("language").addEventListener("click", () => speak(words.language === "zh" ? "en" : "zh"));
  by("theme").addEventListener("click", () => {
    theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
  });
  timer = setTimeout(poll, EVERY_MS);
}

// Open a page: ``title`` is a text's key, ``begin``, ``asks``, ``speak`` and ``show`` its own part.
export function open(its) {
  page = its;
  begin().catch(() => setTimeout(() => location.reload(), 2 * EVERY_MS));
}
