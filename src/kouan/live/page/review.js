// One review of the desk as a person sees it: why, what was declared and found, pictures, acts.

import { make } from "/frame.js";
import { marked, nearest } from "/marks.js";

const SECOND_MS = 1000;
const DATE = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };

// How long something has taken, by the two largest units.
export function lasting(ms, words) {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return words.say("hours_minutes", { hours: words.number(Math.floor(minutes / 60)), minutes: minutes % 60 });
  if (minutes >= 10 || (minutes && !(seconds % 60))) return words.say("minutes", { minutes });
  return minutes ? words.say("minutes_seconds", { minutes, seconds: seconds % 60 }) : words.say("seconds", { seconds });
}

// A desk by its place, and its number where the place has several.
function stationName(station, words) {
  const place = words.port.places.find((one) => one.stations.includes(station));
  const number = place?.stations.length > 1 ? ` ${place.stations.indexOf(station) + 1}` : "";
  return place ? `${words.called(place)}${number}` : words.plain(station);
}

export function checkName(check, words) {
  return check ? words.say(`check_${check}`) : "";
}

function reasonText({ check, text }, words) {
  const told = words.reason(text);
  return check ? `${checkName(check, words)}${words.say("colon")}${told}` : told;
}

// What in a review people need to know first: whose it is, and who is needed besides.
export function needs(review, words) {
  const last = review.acts.findLast((act) => act.act === "claim");
  const tags = [["result", words.say(`result_${review.result}`)]];
  if (review.escalated) tags.push(["wait", words.say("desk_escalated")]);
  if (review.second) tags.push(["wait", words.say(review.lacking.length ? "desk_second" : "desk_second_now")]);
  for (const part of review.of) {
    const lacking = review.lacking.includes(part);
    const key = lacking ? "desk_lacking" : "desk_passed";
    tags.push([lacking ? "" : "open", words.say(key, { part: words.say(`part_${part}`) })]);
  }
  if (last) tags.push(["", words.say("desk_claimed", { name: last.by.split("/")[0] })]);
  return tags;
}

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

// --- declared and found ---------------------------------------------------------------------------

function textsDeclared(check, declared) {
  if (check === "plate") return declared.plate ? [declared.plate] : [];
  if (check === "seal") return declared.seal ? [declared.seal] : [];
  return check === "container" ? declared.boxes ?? [] : [];
}

function declaredOf(check, declared, read, words) {
  const texts = textsDeclared(check, declared);
  if (texts.length) return texts.map((text) => marked(text, nearest(text, read), words));
  const kg = (value) => words.number(value);
  if (check === "container" && declared.containers) return [words.say("desk_boxes", { count: declared.containers })];
  if (check === "mass" && "mass_kg" in declared) {
    const values = { mass: kg(declared.tare_kg + declared.mass_kg), tare: kg(declared.tare_kg), load: kg(declared.mass_kg) };
    return [words.say("desk_gross", values)];
  }
  if (check === "driver") return [words.say("desk_kept")];
  if (check === "permit" && declared.permit_until_ms) {
    return [words.say("desk_until", { time: words.time(declared.permit_until_ms, "home", DATE) })];
  }
  return [words.say("none")];
}

function foundOf(check, notes, declared, words) {
  if (!notes.length) return [words.say("none")];
  if (check === "mass") {
    const { amount, reason } = notes.at(-1);
    return [amount ? words.say("desk_mass", { mass: words.number(amount) }) : `${words.say("desk_unread")}${words.say("colon")}${words.reason(reason)}`];
  }
  const texts = [...new Set(notes.map((note) => note.found).filter(Boolean))];
  if (["radiation", "disinfection"].includes(check)) return texts.map((text) => words.say(`shows_${text}`));
  if (texts.length) {
    const wanted = textsDeclared(check, declared);
    return texts.map((text) => marked(text, nearest(text, wanted), words));
  }
  if (check === "driver" && notes.some((note) => note.ok && !note.reason)) return [words.say("desk_read")];
  const reason = notes.at(-1).reason;
  return [reason ? `${words.say("desk_unread")}${words.say("colon")}${words.reason(reason)}` : words.say("desk_unread")];
}

function certainty(check, notes, words) {
  const read = notes.filter((note) => note.found || (check === "driver" && note.ok));
  const best = Math.max(...read.map((note) => note.confidence_ppm));
  const byDevice = ["plate", "driver", "seal", "container"].includes(check);
  return read.length && byDevice && best > 0 ? `${Math.floor(best / 10_000)} %` : words.say("none");
}

function compared(review, words) {
  const concerned = review.reasons.map((one) => one.check).filter(Boolean);
  const checks = [...new Set([...concerned, ...review.found.map((note) => note.check)])];
  const titles = ["desk_check", "desk_declared", "desk_found", "desk_certain", "desk_outcome"].map((key) => words.say(key));
  const rows = checks.map((check) => {
    const notes = review.found.filter((note) => note.check === check);
    const read = notes.map((note) => note.found).filter(Boolean);
    const concern = concerned.includes(check);
    const cells = [
      [checkName(check, words)],
      declaredOf(check, review.declared, read, words),
      foundOf(check, notes, review.declared, words),
      [certainty(check, notes, words)],
      [words.say(concern ? "desk_concern" : "desk_matches")],
    ];
    const row = make("tr", concern ? { class: "concern" } : {});
    cells.forEach((values, index) => {
      const cell = make(index ? "td" : "th", index ? { "data-title": titles[index] } : { scope: "row" });
      values.forEach((value, number) => cell.append(...(number ? [make("br"), value] : [value])));
      cell.toggleAttribute("data-none", values[0] === words.say("none"));
      row.append(cell);
    });
    return row;
  });
  const head = make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title))));
  const table = make("table", { class: "compared" }, head, make("tbody", {}, ...rows));
  const hint = make("p", { class: "hint" }, words.say("desk_marks"));
  return section(words.say("desk_compared"), table, ...(table.querySelector("mark") ? [hint] : []));
}

// --- pictures -------------------------------------------------------------------------------------

const GONE = { 403: "desk_picture_refused", 404: "desk_picture_refused", 410: "desk_picture_deleted" };

async function sayGone(frame, path, words) {
  const status = await fetch(path, { cache: "no-store" }).then((answer) => answer.status, () => 0);
  frame.replaceChildren(make("p", { class: "gone" }, words.say(GONE[status] ?? "desk_picture_trouble")));
}

function picture(image, notes, review, words) {
  const path = `/api/desk/${review.request}/image/${image}`;
  const checks = [...new Set(notes.map((note) => checkName(note.check, words)))].join(words.say("comma"));
  const device = words.plain(notes[0].device);
  const photo = make("img", { src: path, alt: words.say("desk_picture", { device, checks }) });
  const frame = make("div", { class: "frame" }, make("a", { href: path, target: "_blank", rel: "noopener" }, photo));
  photo.addEventListener("error", () => sayGone(frame, path, words), { once: true });
  const read = [...new Set(notes.map((note) => note.found).filter(Boolean))].join(words.say("comma"));
  const time = words.time(notes[0].at_ms, "home", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const caption = make("figcaption", {}, make("strong", {}, checks), ` ${read} `, make("span", { class: "hint" }, `${device} · ${time}`));
  return make("figure", {}, frame, caption);
}

function pictures(review, words) {
  const images = [...new Set(review.found.map((note) => note.image).filter(Boolean))];
  const rank = (image) => {
    const checks = review.found.filter((note) => note.image === image).map((note) => note.check);
    return review.reasons.some((one) => checks.includes(one.check)) ? 0 : 1;
  };
  const shown = images.sort((one, other) => rank(one) - rank(other));
  const figures = shown.map((image) => picture(image, review.found.filter((note) => note.image === image), review, words));
  const none = make("p", { class: "hint" }, words.say("desk_no_pictures"));
  return section(words.say("desk_pictures"), figures.length ? make("div", { class: "pictures" }, ...figures) : none);
}

// --- acts -----------------------------------------------------------------------------------------

function acts(review, words) {
  const items = review.acts.map((act) => {
    const name = act.by.split("/")[0];
    const who = `${name} · ${act.role[words.language]}`;
    const said = act.act === "claim" ? "" : act.text || words.say("desk_other_part", { part: words.say(`part_${act.part}`) });
    const time = make("time", {}, words.time(act.at_ms));
    return make("li", {}, time, make("strong", {}, words.say(`done_${act.act}`)), make("span", {}, who), make("span", {}, said));
  });
  const none = make("p", { class: "hint" }, words.say("desk_no_acts"));
  return section(words.say("desk_acts"), items.length ? make("ol", { class: "done" }, ...items) : none);
}

// --- all of it ------------------------------------------------------------------------------------

export function reviewFacts(review, words) {
  const plate = review.declared.plate || review.visit;
  const at = words.say("desk_at", { station: stationName(review.station, words), visit: review.visit });
  const tags = needs(review, words).map(([kind, text]) => make("li", { class: `tag ${kind} ${review.result}` }, text));
  const others = review.of.filter((part) => !review.parts.includes(part));
  const why = [
    ...review.reasons.map((one) => reasonText(one, words)),
    ...others.map((part) => words.say("desk_other_part", { part: words.say(`part_${part}`) })),
  ].map((text) => make("li", {}, text));
  return [
    make("h2", { id: "review-title" }, plate),
    make("p", { class: "hint" }, at),
    make("p", { class: "age" }, make("progress", { "aria-hidden": "true" }), make("span")),
    make("ul", { class: "tags" }, ...tags),
    section(words.say("desk_why"), make("ul", { class: "why" }, ...why)),
    compared(review, words),
    pictures(review, words),
    acts(review, words),
  ];
}
