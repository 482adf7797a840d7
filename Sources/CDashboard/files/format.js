// Numbers, times and paths as people read them.

const count = new Intl.NumberFormat("en");
export const number = (value) => count.format(value ?? 0);

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
export const compact = (value) => ((value ?? 0) < 10_000 ? number(value) : short.format(value));

export function money(value) {
  if (!value) return "$0";
  if (value < 0.0001) return "<$0.0001";
  const digits = value < 0.1 ? 4 : value < 10 ? 3 : 2;
  return "$" + value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
}

export function bytes(value) {
  if (value < 1024) return `${value} B`;
  for (const unit of ["KiB", "MiB", "GiB"]) {
    value /= 1024;
    if (value < 1024 || unit === "GiB") return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
  }
}

/** `0:07`, `12:40`, `3:05:00`; from a day on `2 d 4 h`. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 86_400) return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** One number and one unit: `3 s`, `4 min`, `2 h`, `5 d`. */
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 1) return "0 s";
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${count.format(Math.floor(s / 86_400))} d`;
}

/** Between two moments, with parts of a second where they matter. */
export const took = (seconds) =>
  seconds < 0.9995
    ? `${Math.max(0, Math.round(seconds * 1000))} ms`
    : seconds < 10
      ? `${seconds.toFixed(1)} s`
      : clock(seconds);

export const ago = (seconds) =>
  seconds < 1 && seconds > -1 ? "now" : seconds < 0 ? `in ${span(-seconds)}` : `${span(seconds)} ago`;

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
export const moment = (seconds) => absolute.format(new Date(seconds * 1000));

const hourly = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exactly = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const daily = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
export const hour = (seconds) => hourly.format(new Date(seconds * 1000));
export const second = (seconds) => exactly.format(new Date(seconds * 1000));
export const day = (seconds) => daily.format(new Date(seconds * 1000));

export const plural = (n, one, many = one + "s") => `${number(n)} ${n === 1 ? one : many}`;

/** The end of a path, which tells more than its beginning. */
export function tail(path, parts = 2) {
  const all = (path ?? "").split("/").filter(Boolean);
  return all.length > parts ? "…/" + all.slice(-parts).join("/") : (path ?? "");
}

/** Seconds of an RFC 3339 text or of a number. */
export const seconds = (value) => (typeof value === "string" ? Date.parse(value) / 1000 : value);

/** A word for a shell. */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const cut = (text, most) => (text.length > most ? text.slice(0, most) + "…" : text);
