// The manual desk: reviews oldest first, one of them in full, and what a person does about it.

import { askToSignIn, by, call, make, mayAsk, now, open, poll, state, toSignIn, write } from "/frame.js";
import { checkName, lasting, reviewFacts } from "/review.js";

const KEYS = { c: "claim", e: "escalate", p: "pass", r: "refuse" };
const SAID = { claim: "claimed", escalate: "escalated", pass: "passed", refuse: "refused" };
// A review that ends so soon after one's own word was ended by it.
const MINE_MS = 5000;
const desk = { status: 0, reviews: [], waiting: 0, within_ms: 1, chosen: 0, act: "", busy: false, problem: null, known: null, mine: 0, mineUntil: 0 };

const plateOf = (review) => review.declared.plate || review.visit;
const chosen = () => desk.reviews.find((review) => review.request === desk.chosen);

async function asks() {
  if (!mayAsk("desk_see")) {
    desk.status = state.session.name ? 403 : 401;
    return;
  }
  const answer = await call("/api/desk");
  desk.status = answer.status;
  if (answer.ok) Object.assign(desk, answer.said);
  else desk.reviews = [];
}

// --- shown ----------------------------------------------------------------------------------------

function say(text) {
  write(by("said"), text);
}

function show() {
  const { words } = state;
  const mayNot = [401, 403].includes(desk.status);
  by("ask").hidden = !mayNot;
  by("work").hidden = mayNot;
  if (mayNot) {
    askToSignIn(desk.status, "ask_desk");
    return;
  }
  const count = words.number(desk.reviews.length);
  write(by("target"), words.say("desk_target", { count, within: lasting(desk.within_ms, words) }));
  by("waiting").hidden = !desk.waiting;
  write(by("waiting"), words.say("desk_waiting", { count: words.number(desk.waiting) }));
  by("none").hidden = desk.reviews.length > 0;
  announce();
  chooseWhatIsThere();
  list();
  detail();
}

// Tell of reviews that came, and of those that others ended, to those who hear the page.
function announce() {
  const { words } = state;
  const count = words.number(desk.reviews.length);
  const known = desk.known ?? desk.reviews;
  const came = desk.reviews.filter((one) => !known.some((other) => other.request === one.request));
  const ended = known.filter((one) => !desk.reviews.some((other) => other.request === one.request));
  const byOthers = ended.filter((one) => one.request !== desk.mine || performance.now() > desk.mineUntil);
  const told = byOthers.map((review) => words.say("desk_said_ended", { plate: plateOf(review), count }));
  for (const review of came) {
    const reasons = review.reasons.map((one) => checkName(one.check, words)).join(words.say("comma"));
    told.push(words.say("desk_said_new", { plate: plateOf(review), reasons, count }));
  }
  desk.known = desk.reviews;
  if (told.length) say(told.join(" "));
}

// The chosen review may have ended: then the oldest is chosen, and the keyboard goes on there.
function chooseWhatIsThere() {
  if (chosen()) return;
  const had = desk.chosen;
  const worked = by("work").contains(document.activeElement) || document.activeElement === document.body;
  choose(desk.reviews[0]?.request ?? 0);
  if (!worked) return;
  list();
  if (desk.chosen) focusChosen();
  else if (had) by("reviews-title").focus();
}

function choose(request) {
  if (desk.chosen !== request) Object.assign(desk, { act: "", problem: null });
  desk.chosen = request;
  delete by("facts").dataset.key;
}

function focusChosen() {
  by("reviews").querySelector("[aria-current]")?.focus();
}

function list() {
  const { words } = state;
  const known = new Map([...by("reviews").children].map((item) => [Number(item.dataset.request), item]));
  const items = desk.reviews.map((review) => {
    const item = known.get(review.request) ?? row(review.request);
    const [button] = item.children;
    const [plate, why, age, tags] = button.children;
    const over = now() - review.since_ms > desk.within_ms;
    write(plate, plateOf(review));
    write(why, review.reasons.map((one) => checkName(one.check, words) || words.reason(one.text)).join(words.say("comma")));
    write(age, words.say("desk_age", { age: lasting(now() - review.since_ms, words) }));
    const short = [review.escalated && "desk_short_escalated", review.second && "desk_short_second"].filter(Boolean);
    write(tags, short.map((key) => words.say(key)).join(words.say("semicolon")));
    item.classList.toggle("over", over);
    if (review.request === desk.chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    return item;
  });
  const same = items.length === known.size && items.every((item, index) => by("reviews").children[index] === item);
  if (!same) by("reviews").replaceChildren(...items);
}

function row(request) {
  const parts = [make("strong"), make("span", { class: "why" }), make("span", { class: "hint" }), make("span", { class: "wait" })];
  const button = make("button", { type: "button" }, ...parts);
  button.addEventListener("click", () => {
    choose(request);
    show();
  });
  return make("li", { "data-request": request }, button);
}

function detail() {
  const { words } = state;
  const review = chosen();
  by("review").hidden = !review;
  if (!review) return;
  const key = JSON.stringify([words.language, review]);
  if (by("facts").dataset.key !== key) {
    by("facts").dataset.key = key;
    by("facts").replaceChildren(...reviewFacts(review, words));
  }
  const [bar, text] = by("facts").querySelector(".age").children;
  const waited = now() - review.since_ms;
  const within = lasting(desk.within_ms, words);
  const over = waited > desk.within_ms;
  bar.max = desk.within_ms;
  bar.value = Math.min(waited, desk.within_ms);
  const left = { time: lasting(Math.abs(desk.within_ms - waited), words), within };
  write(text, `${words.say("desk_age", { age: lasting(waited, words) })} · ${words.say(over ? "desk_over" : "desk_left", left)}`);
  by("facts").querySelector(".age").classList.toggle("over", over);
  decision(review);
}

function decision(review) {
  const { words } = state;
  const whyNot = new Map();
  for (const button of by("acts-open").children) {
    const why = review.why_not[button.dataset.act];
    button.disabled = Boolean(why) || desk.busy;
    button.setAttribute("aria-pressed", String(desk.act === button.dataset.act));
    if (why) whyNot.set(why, [...(whyNot.get(why) ?? []), words.say(`act_${button.dataset.act}`)]);
  }
  // The same thing is said once, whatever act it keeps somebody from.
  const lines = new Map();
  for (const [why, acts] of whyNot) {
    const told = words.refusal(why);
    lines.set(told, [...(lines.get(told) ?? []), ...acts]);
  }
  const texts = [...lines].map(([why, acts]) => words.say("desk_not", { acts: acts.join(words.say("comma")), why }));
  if (by("why-not").dataset.key !== texts.join("\n")) {
    by("why-not").dataset.key = texts.join("\n");
    by("why-not").replaceChildren(...texts.map((text) => make("li", {}, text)));
  }
  by("reason-form").hidden = !desk.act;
  by("decide").classList.toggle("deciding", Boolean(desk.act));
  if (desk.act) {
    write(by("reason-label"), words.say(`act_reason_${desk.act}`));
    write(by("confirm"), words.say(`act_${desk.act}`));
    by("confirm").className = desk.act;
  }
  by("confirm").disabled = desk.busy;
  by("problem").hidden = !desk.problem;
  write(by("problem"), desk.problem ? desk.problem() : "");
}

// --- done -----------------------------------------------------------------------------------------

// A claim is sent at once; whatever decides waits for a reason.
function begin(act) {
  const review = chosen();
  if (!review || desk.busy || review.why_not[act]) return;
  desk.problem = null;
  if (act === "claim") {
    send(act, "claimed");
    return;
  }
  desk.act = act;
  by("reason").value = "";
  decision(review);
  by("reason").focus();
}

function cancel() {
  desk.act = "";
  desk.problem = null;
  if (chosen()) decision(chosen());
  focusChosen();
}

async function send(act, reason) {
  const { words } = state;
  const review = chosen();
  Object.assign(desk, { busy: true, problem: null });
  decision(review);
  try {
    const answer = await call(`/api/desk/${act}`, { request: review.request, reason });
    if (answer.ok) {
      Object.assign(desk, { act: "", mine: review.request, mineUntil: performance.now() + MINE_MS });
      say(words.say(`desk_said_${SAID[act]}`, { plate: plateOf(review) }));
      focusChosen();
    } else {
      const { problem } = answer.said;
      desk.problem = () => words.say("desk_trouble", { problem: words.refusal(problem) });
      if (answer.status === 401) location.assign(toSignIn());
    }
  } catch {
    desk.problem = () => words.say("desk_unsent");
  }
  desk.busy = false;
  await poll();
}

function move(step) {
  const at = desk.reviews.findIndex((review) => review.request === desk.chosen);
  const next = desk.reviews[Math.min(Math.max(at + step, 0), desk.reviews.length - 1)];
  if (!next) return;
  choose(next.request);
  show();
  focusChosen();
}

function onKey(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (key === "Escape" && desk.act) cancel();
  if (target.matches("input, textarea, select")) return;
  const act = KEYS[key.toLowerCase()];
  if (act) begin(act);
  else if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
  else return;
  event.preventDefault();
}

open({
  title: "desk_title",
  asks,
  show,
  begin() {
    by("work").addEventListener("keydown", onKey);
    for (const button of by("acts-open").children) button.addEventListener("click", () => begin(button.dataset.act));
    by("cancel").addEventListener("click", cancel);
    by("reason-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = by("reason").value.trim();
      if (reason && !desk.busy) send(desk.act, reason);
    });
  },
});
