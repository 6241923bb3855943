// What the address asks for is what the page shows: a search changes the address, and the address makes the answer.

import { element, shown } from "./hit.js";
import { Problem, get } from "./service.js";
import { ago, counted, day, range } from "./words.js";

const byId = (id) => document.getElementById(id);
const form = byId("ask");
const hits = byId("hits");
const more = byId("more");

let asking = new AbortController();
let next = null; // what the button for more hits asks for

/** Return what the form asks, without its empty fields: they are the parameters of GET /search. */
function asked() {
  return new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, v]) => v));
}

/** Put the address into the form. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const fields of form.querySelectorAll(".several")) {
    const [first, ...others] = fields.querySelectorAll("input");
    others.forEach((other) => other.remove());
    const [value = "", ...values] = given.getAll(first.name);
    first.value = value;
    if (value) [...values, ""].forEach((one) => addField(fields, one));
  }
  for (const field of form.querySelectorAll("input[name]")) {
    if (field.closest(".several")) continue;
    if (field.type === "checkbox") field.checked = given.get(field.name) === field.value;
    else put(field, given.get(field.name) ?? "");
  }
  const filters = asked();
  filters.delete("q");
  byId("active").textContent = filters.size ? ` · ${filters.size} set` : "";
}

/** Give `field` a value; one that a picker of days cannot show, such as a time, is shown as text and not lost. */
function put(field, value) {
  if (field.matches(".day")) field.type = isDay(value) ? "date" : "text";
  field.value = value;
}

const isDay = (text) => !text || new Date(text).toJSON()?.slice(0, 10) === text;

/** Add an empty field to those that hold one value each, so that there is always one to write into. */
function addField(fields, value = "") {
  const field = fields.querySelector("input").cloneNode();
  field.value = value;
  fields.append(field);
}

/** Make `query` the address, and show what it asks for. */
function go(query) {
  const address = `?${query}`;
  if (address !== location.search) history.pushState(null, "", address);
  show();
}

/** Show what the address asks for. */
async function show() {
  asking.abort();
  asking = new AbortController();
  readAddress();
  hits.replaceChildren();
  more.hidden = true;
  const question = asked().get("q");
  byId("promise").hidden = Boolean(question);
  document.title = question ? `${question} – Dateline` : "Dateline";
  await attempt(question ? () => search(asked()) : welcome, show);
}

/** Do `work`; where it fails, say why and offer to do `again`. */
async function attempt(work, again) {
  const { signal } = asking;
  hits.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    complain(error, again);
    if (!(error instanceof Problem)) throw error; // a fault of this page: the console says where
  }
  if (!signal.aborted) hits.removeAttribute("aria-busy");
}

async function welcome() {
  say([]);
  const { index } = await get("readyz", { signal: asking.signal, waiting: (detail) => say([detail]) });
  showFreshness(index);
  say(index.articles ? [] : ["The index is empty. Add articles with: dateline add PATH..."]);
}

/** Ask, and append the hits to those that are there. Return the first new one. */
async function search(query) {
  say(["Searching …"]);
  const answer = await get(`search?${query}`, { signal: asking.signal, waiting: (detail) => say([detail]) });
  const found = answer.results.map(shown);
  hits.append(...found);
  showFreshness(answer.index);
  suggestPublishers(answer.results);
  next = new URLSearchParams(query);
  next.set("offset", answer.next_offset);
  more.hidden = answer.next_offset === null;
  say([summary(answer), ...notes(answer)]);
  return found[0];
}

/** Show the next page of hits below those that are there. */
async function further() {
  more.hidden = true;
  await attempt(async () => (await search(next))?.querySelector("h2").focus(), further);
}

/** Say what was found. */
function summary(answer) {
  if (!hits.children.length) return answer.warnings.length ? "" : "Nothing was found.";
  const until = new URLSearchParams(location.search).has("as_of") ? ` as of ${day(answer.as_of)}` : "";
  return `${hits.children.length} of ${counted(answer.total, "hit")}${until}, in ${Math.round(answer.took_ms)} ms`;
}

/** Say what a reader should know of an answer. */
function notes(answer) {
  const unsure = answer.no_answer && answer.results.length;
  return [
    answer.understood && understanding(answer.understood),
    unsure && "Nothing here answers the question well; these are the nearest passages.",
    ...answer.warnings,
  ];
}

/** Say which dates the time words of the question were taken for, and offer to do without. */
function understanding({ text, start, end }) {
  const note = element("p", `“${text}” was taken to mean ${range(start, end)}. `);
  const button = element("button", "Search without that", { type: "button", class: "plain" });
  button.addEventListener("click", () => go(new URLSearchParams([...asked(), ["parse_time", "false"]])));
  note.append(button);
  return note;
}

function showFreshness({ articles, newest_article_at: newest, indexed_at: changed }) {
  const age = [newest && `newest of ${day(newest)}`, changed && `updated ${ago(changed)}`];
  byId("freshness").textContent = [counted(articles, "article"), ...age].filter(Boolean).join(" · ");
}

function suggestPublishers(results) {
  const known = byId("publishers");
  const names = new Set([...known.children].map((option) => option.value));
  for (const name of new Set(results.map((hit) => hit.publisher.name ?? hit.publisher.domain))) {
    if (name && !names.has(name)) known.append(element("option", "", { value: name }));
  }
}

/** Show sentences in place of those before. */
function say(sentences) {
  byId("status").classList.remove("problem");
  const parts = sentences.filter(Boolean).map((one) => (typeof one === "string" ? element("p", one) : one));
  byId("status").replaceChildren(...parts);
}

/** Say what is wrong, beside what can be done: `again`, or another filter. */
function complain(problem, again) {
  say([problem.message]);
  byId("status").classList.add("problem");
  if (problem.passing) {
    const button = element("button", "Try again", { type: "button", class: "plain" });
    button.addEventListener("click", again);
    byId("status").append(button);
  }
  byId("filters").open ||= !problem.passing && asked().size > 1;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const before = new URLSearchParams(location.search).get("q");
  if (form.elements.q.value.trim() !== before) form.elements.parse_time.value = ""; // it was about that question
  go(asked());
});
form.addEventListener("input", ({ target }) => {
  const fields = target.closest(".several");
  if (fields && fields.lastElementChild.value) addField(fields);
});
byId("clear").addEventListener("click", () => go(new URLSearchParams({ q: asked().get("q") ?? "" })));
more.addEventListener("click", further);
addEventListener("popstate", show);

byId("fields").disabled = form.elements.parse_time.disabled = false;
show();
