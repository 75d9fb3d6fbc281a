/** Amounts of money as people type them: "79.000", "Rp 79.000,00", "79,000.00", "12.50". */

/**
 * How many decimals a currency has.
 * @param {string} currency ISO 4217
 */
function decimals(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    // An unknown code: the server says so.
    return 2;
  }
}

/**
 * The amount as the protocol writes it: digits with at most one point. `null` where it is not clear.
 *
 * No language is asked: a sign before exactly three digits separates thousands, unless the currency has three
 * decimals; the last sign before one or two digits is the decimal one.
 * @param {string} typed
 * @param {string} currency
 */
export function parseAmount(typed, currency) {
  const text = typed.replace(/^\s*(rp\.?|idr)/i, "").replace(/[\s\u00a0_]/g, "").replace(/,-$/, "");
  if (decimals(currency) === 3 && /^\d+[.,]\d{3}$/.test(text)) return text.replace(",", ".");
  const [, whole, fraction] = /^([\d.,]*?\d)(?:[.,](\d{1,2}))?$/.exec(text) ?? [];
  const isGrouped = /^(\d+|\d{1,3}([.,])\d{3}(\2\d{3})*)$/.test(whole ?? "");
  return isGrouped ? whole.replace(/[.,]/g, "") + (fraction ? `.${fraction}` : "") : null;
}

/**
 * An amount as a form shows it: without decimals that are zero, with the language's decimal sign.
 * @param {string} amount
 * @param {string} language
 */
export function typedAmount(amount, language) {
  const [whole, fraction = ""] = amount.split(".");
  if (/^0*$/.test(fraction)) return whole;
  return whole + (language === "id" ? "," : ".") + fraction;
}
