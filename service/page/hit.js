// One hit as it stands on the page. Articles are data: their text goes into text nodes, never into markup.

import { get } from "./service.js";
import { citation, day, language, publisher, safe } from "./words.js";

const NEIGHBOURS = 2;

/** Return a list item that shows `hit`. */
export function shown(hit) {
  const item = document.getElementById("hit").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(name);
  part("h2").lang = part(".passage").lang = hit.language ?? "";
  link(part("h2 a"), hit.url, hit.title);
  part(".source").append(...separated(source(hit)));
  fill(part(".correction"), correction(hit));
  part(".itself").append(...marked(hit));
  fill(part(".copies"), copies(hit));
  part(".score").textContent = `score ${hit.score.toFixed(2)}`;
  toggle(item, "context", (open, say) => showContext(item, hit, open, say));
  toggle(item, "cite", (open, say) => showCitation(part(".citation"), hit, open, say));
  if (hit.story_id) toggle(item, "story", (open, say) => showStory(part(".reports"), hit, open, say));
  part("button.story").hidden = !hit.story_id;
  return item;
}

/** Let a button of `item` do `work(open, say)`, which shows something when `open` and else takes it away again. */
function toggle(item, name, work) {
  const button = item.querySelector(`button.${name}`);
  const say = (sentence) => {
    item.querySelector(".said").textContent = sentence;
  };
  button.addEventListener("click", async () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    say("");
    try {
      await work(open, say);
      button.setAttribute("aria-expanded", String(open));
    } catch (error) {
      say(error.message);
    }
  });
}

export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** Make `anchor` lead to `url`; where there is nothing to follow, only its text stays. */
function link(anchor, url, text) {
  anchor.textContent = text;
  const href = safe(url);
  if (href) anchor.href = href;
}

/** Put `parts` into `place`, which goes where there are none. */
function fill(place, parts) {
  if (parts.length) place.append(...parts);
  else place.remove();
}

function separated(parts) {
  return parts.flatMap((part, number) => (number ? [" · ", part] : [part]));
}

function source(hit) {
  const name = publisher(hit.publisher);
  return [
    name && element("bdi", name, { class: "publisher" }),
    hit.published_at
      ? element("time", day(hit.published_at), { datetime: hit.published_at, title: hit.published_at })
      : "no date",
    ...(hit.authors ?? []).map((author) => element("bdi", author)),
    hit.language && language(hit.language),
  ].filter(Boolean);
}

function correction(hit) {
  if (hit.correction) return [element("strong", "Correction: "), hit.correction];
  return hit.status === "corrected" ? [element("strong", "Corrected by its publisher.")] : [];
}

/** Name the publishers that ran the same text. */
function copies(hit) {
  const found = (hit.also_published_by ?? []).map((copy) => {
    const anchor = element("a", "");
    link(anchor, copy.url, publisher(copy.publisher) || copy.title || copy.article_id);
    return anchor;
  });
  return found.length ? ["Also published by ", ...separated(found)] : [];
}

/** Return the passage with its highlights marked. */
function marked(hit) {
  const parts = [];
  let done = hit.char_start;
  for (const { char_start, char_end } of hit.highlights ?? []) {
    parts.push(slice(hit, done, char_start), element("mark", slice(hit, char_start, char_end)));
    done = char_end;
  }
  return [...parts, slice(hit, done, hit.char_end)];
}

/** Return the text of `passage` between two offsets of its article, which count code points and not UTF-16 units. */
function slice({ text, char_start }, start, end) {
  return Array.from(text).slice(start - char_start, end - char_start).join("");
}

/** Show the passages around the hit; the passage itself stays where it is. */
async function showContext(item, hit, open, say) {
  let [textBefore, textAfter] = ["", ""];
  if (open) {
    const path = `passages/${hit.id}?neighbours=${NEIGHBOURS}`;
    const { before, char_start, char_end, after } = await get(path, { waiting: say });
    textBefore = between(before, before[0]?.char_start ?? char_start, char_start);
    textAfter = between(after, char_end, after.at(-1)?.char_end ?? char_end);
    say(before.length + after.length ? "" : "This passage is the whole article.");
  }
  item.querySelector(".before").textContent = textBefore;
  item.querySelector(".after").textContent = textAfter;
}

/** Join passages, which overlap, into the text from offset `from` to offset `to` of their article. */
function between(passages, from, to) {
  let text = "";
  let done = from;
  for (const passage of passages) {
    const start = Math.max(done, passage.char_start);
    const end = Math.min(passage.char_end, to);
    if (end <= done) continue;
    text += gap(start - done) + slice(passage, start, end);
    done = end;
  }
  return text + gap(to - done);
}

/** Return the white space between two passages that do not touch: a space, or a paragraph's end. */
function gap(letters) {
  if (letters <= 0) return "";
  return letters === 1 ? " " : "\n\n";
}

/** Show the citation, selected, and copy it where the browser lets a page do so. */
async function showCitation(box, hit, open, say) {
  box.hidden = !open;
  if (!open) return;
  box.value = citation(hit);
  box.select();
  const copied = await navigator.clipboard?.writeText(box.value).then(() => true, () => false);
  say(copied ? "Copied." : "Copy it from here.");
}

/** List the reports of the story that the hit belongs to, in the order they came out. */
async function showStory(list, hit, open, say) {
  const path = `stories/${encodeURIComponent(hit.story_id)}`;
  const { timeline } = open ? await get(path, { waiting: say }) : { timeline: [] };
  list.replaceChildren(...timeline.map(report));
  say("");
}

function report(article) {
  const [item, headline] = [element("li", ""), element("a", "", { dir: "auto" })];
  link(headline, article.url, article.title);
  item.append(...separated([headline, ...source(article)]));
  return item;
}
