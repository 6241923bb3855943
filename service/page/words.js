// Dates, numbers and names as people read them. Days are in UTC, as the filters are.

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const NUMBER = new Intl.NumberFormat("en-GB");
const LANGUAGE = new Intl.DisplayNames("en", { type: "language" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

export const day = (moment) => DAY.format(new Date(moment));

/** Name the days from `start` to `end`, either of which may be open; a question for neither is one for the newest. */
export function range(start, end) {
  if (!start && !end) return "the newest";
  if (!start || !end) return start ? `since ${day(start)}` : `until ${day(end)}`;
  return day(start) === day(end) ? day(start) : `${day(start)} to ${day(end)}`;
}

export const counted = (number, noun) => `${NUMBER.format(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Say how long ago `moment` was; after a month, which day it was. */
export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  if (seconds > 30 * 86_400) return `on ${day(moment)}`;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return AGO.format(-Math.max(0, Math.floor(seconds / length)), unit);
}

export function language(code) {
  try {
    return LANGUAGE.of(code);
  } catch {
    return code;
  }
}

/** Return `url` if a browser may follow it: articles come from anywhere, and `javascript:` is an address too. */
export function safe(url) {
  const parsed = url && URL.canParse(url) ? new URL(url) : null;
  return parsed && ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
}

export const publisher = ({ name, domain }) => name || domain || "";

/** Name a hit's source so that it can be found again, to the character. */
export function citation(hit) {
  const source = [publisher(hit.publisher), hit.published_at && day(hit.published_at), safe(hit.url)];
  const place = `article ${hit.article_id}, characters ${hit.char_start}–${hit.char_end}, passage ${hit.id}`;
  return `“${hit.title}”, ${source.filter(Boolean).join(", ")} [${place}]`;
}
