/** A book's fields as texts in a form, and back. A text is what is compared: equal texts, nothing changed. */

import { parseAmount, typedAmount } from "./amount.js";
import { language, say, showPrice } from "./texts.js";

/** Every field people set, in the order of the protocol. */
export const FIELDS = [
  "title", "author", "publisher", "year", "pages", "edition", "description", "status", "isbn", "language", "subjects",
  "series", "shelf", "barcode", "stock", "price", "extra",
];

/** Fields that are empty texts where nothing is known; the others are null then. */
const NEVER_NULL = new Set(["title", "author", "publisher", "edition", "description", "status"]);

/** Statuses that everybody reads in their own language and the store keeps in English. */
const STATUSES = [
  { stored: "Available", folded: ["available", "tersedia"], text: say("status.available") },
  { stored: "Checked Out", folded: ["checked out", "dipinjam"], text: say("status.checked_out") },
];

/** A text that cannot be sent; `message` is for the reader. */
export class Fault extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/**
 * A field of a book as its text in the form.
 * @param {string} field
 * @param {object | null} book
 */
export function textOf(field, book) {
  const value = book?.[field];
  if (value === undefined || value === null) return "";
  switch (field) {
    case "status":
      return STATUSES.find((status) => status.folded.includes(value.toLowerCase()))?.text ?? value;
    case "subjects":
      return value.join("; ");
    case "price":
      return `${value.currency} ${typedAmount(value.amount, language)}`;
    case "extra":
      return extraText(Object.entries(value));
    default:
      return String(value);
  }
}

/** Pairs of a shop's own fields as one text; none are the empty text. */
export function extraText(pairs) {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length ? JSON.stringify(sorted) : "";
}

/** The pairs of such a text. */
export const extraPairs = (text) => (text ? JSON.parse(text) : []);

/** The currency and the typed amount of a price's text. */
export function pricePair(text) {
  const space = text.indexOf(" ");
  return { currency: text.slice(0, space), amount: text.slice(space + 1) };
}

/**
 * What is to be sent so that `base` becomes what the texts say: a merge patch, or with no `base` a whole book.
 * @param {(field: string) => string} read the form
 * @param {object | null} base
 */
export function patchOf(read, base) {
  const changed = FIELDS.filter((field) => read(field) !== textOf(field, base));
  return Object.fromEntries(changed.map((field) => [field, valueOf(field, read(field), base)]));
}

function valueOf(field, text, base) {
  if (!text) return NEVER_NULL.has(field) ? "" : null;
  switch (field) {
    case "status":
      return STATUSES.find((status) => status.folded.includes(text.toLowerCase()))?.stored ?? text;
    case "subjects":
      return text.split(";").map((subject) => subject.trim()).filter(Boolean);
    case "price":
      return priceOf(text);
    case "extra":
      return extraOf(text, base);
    default:
      return text;
  }
}

function priceOf(text) {
  const { currency, amount } = pricePair(text);
  const parsed = parseAmount(amount, currency);
  if (parsed === null) throw new Fault("price", say("rule.amount"));
  return { amount: parsed, currency };
}

/** In a merge patch a pair goes by being null. */
function extraOf(text, base) {
  const gone = Object.keys(base?.extra ?? {}).map((name) => [name, null]);
  return Object.fromEntries([...gone, ...extraPairs(text)]);
}

/** A field's text for reading. */
export function showText(field, text) {
  if (!text) return say("conflict.none");
  if (field === "extra") return extraPairs(text).map(([name, value]) => `${name}: ${value}`).join(", ");
  if (field !== "price") return text;
  const { currency, amount } = pricePair(text);
  const parsed = parseAmount(amount, currency);
  try {
    return parsed === null ? text : showPrice({ amount: parsed, currency });
  } catch {
    // Not a currency's code: shown as typed.
    return text;
  }
}
