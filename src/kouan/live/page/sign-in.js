// The page to sign in on: a name and a password for a session, and a new password for an old one.

const THEMES = ["auto", "light", "dark"];
// Where somebody goes on who was asked to sign in there.
const PAGES = ["/", "/desk", "/lanes"];
const by = (id) => document.getElementById(id);
const state = { texts: {}, language: "en", session: { name: "" }, problem: null, done: null };

function say(key, values = {}) {
  return state.texts[key][state.language].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

async function call(method, path, body) {
  const headers = { "x-kouan-csrf": state.session.csrf ?? "" };
  if (body) headers["content-type"] = "application/json";
  return fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
}

// What went wrong, by the answer's status; texts are kept as keys, to be told in either language.
async function trouble(answer, wrong) {
  if (answer.status === 401) return () => say(wrong);
  if (answer.status === 422) return () => say("password_refused");
  const seconds = answer.headers.get("retry-after");
  if (answer.status === 429) return () => say("sign_in_wait", { seconds });
  const { problem } = await answer.json();
  return () => say("sign_in_trouble", { problem });
}

function tell() {
  for (const id of ["problem", "done"]) {
    by(id).hidden = !state[id];
    by(id).textContent = state[id] ? state[id]() : "";
  }
}

function show() {
  const { name, roles, must_change, any_account } = state.session;
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = say("sign_in_title");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text);
  }
  by("language").textContent = say("language");
  by("language").setAttribute("aria-label", say("language_says"));
  by("language").lang = state.language === "zh" ? "en" : "zh-CN";
  const theme = document.documentElement.dataset.theme;
  by("theme").textContent = say("theme", { theme: say(`theme_${theme}`) });
  by("first").hidden = Boolean(name) || any_account;
  by("sign-in").hidden = Boolean(name);
  by("signed-in").hidden = by("change").hidden = !name;
  by("must-change").hidden = !must_change;
  if (name) {
    by("own-name").value = name;
    by("who").textContent = say("signed_in_as", { name });
    const called = roles.map((role) => role[state.language]).join(state.language === "zh" ? "、" : ", ");
    by("roles").textContent = say("signed_in_roles", { roles: called });
  }
  tell();
}

// One thing at a time: a second press while an answer is awaited does nothing. What is done returns
// the id of where the keyboard goes on.
function whenSent(id, work) {
  let busy = false;
  by(id).addEventListener(id === "sign-out" ? "click" : "submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    state.problem = state.done = null;
    let next = id === "sign-out" ? id : id === "sign-in" ? "password" : "old";
    try {
      next = await work();
    } catch (error) {
      state.problem = () => say("sign_in_trouble", { problem: error.message });
    }
    busy = false;
    show();
    by(next).focus();
  });
}

async function signIn() {
  const answer = await call("POST", "/api/session", { name: by("name").value, password: by("password").value });
  by("password").value = "";
  if (!answer.ok) {
    state.problem = await trouble(answer, "sign_in_wrong");
    return "password";
  }
  state.session = await answer.json();
  localStorage.setItem("language", state.language);
  if (!state.session.must_change) location.assign(PAGES.find((page) => `#${page}` === location.hash) ?? "/");
  return "old";
}

async function signOut() {
  const answer = await call("DELETE", "/api/session");
  if (!answer.ok) state.problem = await trouble(answer, "sign_in_wrong");
  await look();
  return state.session.name ? "sign-out" : "name";
}

async function change() {
  if (by("new").value !== by("again").value) {
    state.problem = () => say("password_differs");
    return "again";
  }
  const answer = await call("POST", "/api/session/password", { old: by("old").value, new: by("new").value });
  by("change").reset();
  if (answer.ok) state.done = () => say("password_changed");
  else state.problem = await trouble(answer, "password_wrong");
  await look();
  return state.session.name ? "old" : "name";
}

async function look() {
  const answer = await call("GET", "/api/session");
  state.session = answer.ok ? await answer.json() : { name: "", any_account: true };
}

function begin() {
  whenSent("sign-in", signIn);
  whenSent("sign-out", signOut);
  whenSent("change", change);
  by("language").addEventListener("click", () => {
    state.language = state.language === "zh" ? "en" : "zh";
    localStorage.setItem("language", state.language);
    show();
  });
  by("theme").addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    localStorage.setItem("theme", root.dataset.theme);
    show();
  });
  show();
  by(state.session.name ? "who" : "name").focus();
}

const preferred = navigator.language.startsWith("zh") ? "zh" : "en";
state.language = localStorage.getItem("language") ?? preferred;
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
state.texts = await (await fetch("/texts.json")).json();
await look();
begin();
