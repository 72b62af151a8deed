// Words and figures in the language chosen; every text is from the one catalogue, texts.json.

const LOCALES = { en: "en-GB", zh: "zh-CN" };
const SPELLED = { xray: "X-ray" };

export class Words {
  constructor(texts, port, language) {
    this.texts = texts;
    this.port = port;
    this.language = language;
    this.pen = document.createElement("canvas").getContext("2d");
    this.pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    this.capitals = ["agv", ...Object.values(port.sides).map((side) => side.country.toLowerCase())];
  }

  get locale() {
    return LOCALES[this.language];
  }

  say(key, values = {}) {
    const text = this.texts[key]?.[this.language] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  number(value, digits = 0) {
    return value.toLocaleString(this.locale, { maximumFractionDigits: digits });
  }

  width(text) {
    return Math.ceil(this.pen.measureText(text).width);
  }

  zone(side) {
    return this.port.sides[side === "neighbour" ? "neighbour" : "home"].time_zone;
  }

  time(at_ms, side = "home", style = { hour: "2-digit", minute: "2-digit" }) {
    const options = { timeZone: this.zone(side), hourCycle: "h23", ...style };
    return new Date(at_ms).toLocaleString(this.locale, options);
  }

  // A time of another day is told with its date.
  moment(at_ms, now_ms, side = "home") {
    const day = { month: "short", day: "numeric" };
    const same = this.time(at_ms, side, day) === this.time(now_ms, side, day);
    return same ? this.time(at_ms, side) : `${this.time(at_ms, side, day)} ${this.time(at_ms, side)}`;
  }

  portName() {
    const { name, name_zh } = this.port;
    return this.language === "zh" && name_zh ? name_zh : name;
  }

  otherName() {
    const { name, name_zh } = this.port;
    return this.language === "zh" && name_zh ? name : name_zh;
  }

  plain(id) {
    const spell = (word) => (this.capitals.includes(word) ? word.toUpperCase() : SPELLED[word] ?? word);
    const words = id.split("_").map(spell);
    const text = words.join(" ");
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  called(place) {
    return (this.language === "zh" && place.name_zh) || place.name || this.plain(place.id);
  }

  place(place) {
    const kind = this.language === "zh" && !place.name_zh ? `${this.say(`kind_${place.kind}`)} ` : "";
    return kind + this.called(place);
  }

  side(name) {
    const side = this.port.sides[name];
    const called = (this.language === "zh" && side?.name_zh) || side?.name;
    return called ? `${called} (${side.country})` : `${this.say(`side_${name}`)}${side ? ` (${side.country})` : ""}`;
  }

  // Whether a calendar is open now, and in words until when.
  opening(key, view, now_ms, side) {
    const intervals = view.open.find(([name]) => name === key)?.[1];
    if (!intervals) return { open: true, text: this.say("always_open") };
    const next = intervals.find(([, closes]) => closes > now_ms);
    if (!next) return { open: false, text: this.say("closed") };
    const open = next[0] <= now_ms;
    const time = this.moment(next[open ? 1 : 0], now_ms, side);
    return { open, text: this.say(open ? "open_until" : "closed_until", { time }) };
  }

  // Texts of the port come in English; each pattern of the catalogue knows one kind of them.
  told(text, family) {
    if (this.language === "en") return text;
    for (const key of Object.keys(this.texts).filter((one) => one.startsWith(family))) {
      const names = [];
      const escaped = this.texts[key].en.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
      const pattern = escaped.replace(/\{(\w+)\}/g, (_, name) => `(${names.push(name) ? ".+?" : ""})`);
      const found = text.match(new RegExp(`^${pattern}$`));
      if (!found) continue;
      const values = names.map((name, index) => [name, name === "why" ? this.reason(found[index + 1]) : found[index + 1]]);
      return this.say(key, Object.fromEntries(values));
    }
    return null;
  }

  alarm(text) {
    return this.told(text, "alarm_") ?? text;
  }

  // Why something was not read or does not match; several things may be said at once.
  reason(text) {
    const pieces = text.split("; ").map((one) => this.told(one, "reason_") ?? one);
    return this.told(text, "reason_") ?? pieces.join(this.say("semicolon"));
  }

  // Why the port did not take something; the word that was said stands before it.
  refusal(problem) {
    const text = problem.replace(/^\w+: /, "");
    return this.told(text, "refused_") ?? text;
  }

  // A reason that names checks: "plate: ...; seal: ...".
  concerns(text) {
    const pieces = text.split("; ").map((piece) => {
      const [check, ...rest] = piece.split(": ");
      const named = rest.length && this.texts[`check_${check}`];
      return named ? `${this.say(`check_${check}`)}${this.say("colon")}${this.reason(rest.join(": "))}` : this.reason(piece);
    });
    return pieces.join(this.say("semicolon"));
  }

  // Where nobody is served, stations need not be counted.
  counted(card) {
    return !["waiting_area", "parking"].includes(card.kind);
  }

  placeState(place, view) {
    const card = this.port.places.find((one) => one.id === place.id);
    const opening = this.opening(`place:${place.id}`, view, this.now(), card.side);
    const counted = this.counted(card) || (card.kind !== "parking" && place.busy.length > 0);
    const served = counted ? `${place.busy.length}/${card.stations.length}` : "";
    return { ...opening, served, card };
  }
}
