/** What the scripts say, in the page's language; the server put the texts into the page. */

const texts = JSON.parse(document.getElementById("texts").textContent);

/** The page's language, a BCP 47 tag. */
export const language = document.documentElement.lang;

const numbers = new Intl.NumberFormat(language);
const plurals = new Intl.PluralRules(language);
// English is written here as in Britain or America, as the reader's browser has it.
const region = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
const moments = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });
const times = new Intl.DateTimeFormat(region, { timeStyle: "short" });

/**
 * The text of `key` with each `{name}` replaced by its value.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * The text of `key` for `n` things.
 * @param {string} key
 * @param {number} n
 */
export function count(key, n) {
  const form = plurals.select(n) === "one" ? "one" : "other";
  return say(`${key}.${form}`, { n: numbers.format(n) });
}

/** Whether there is a text of that key. */
export const knows = (key) => key in texts;

/** A whole number as people write it. */
export const showNumber = (number) => numbers.format(number);

/** The time of day of a `Date`. */
export const showTime = (date) => times.format(date);

/** A price as on a label. */
export function showPrice({ amount, currency }) {
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol", trailingZeroDisplay: "stripIfInteger" };
  return new Intl.NumberFormat(language, options).format(amount);
}

/**
 * Turns moments into the reader's own time, and language codes into names.
 * @param {ParentNode} root
 */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = moments.format(new Date(time.dateTime));
  }
  for (const tagged of root.querySelectorAll("[data-language]")) {
    tagged.textContent = languageName(tagged.dataset.language);
  }
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}
