/** The form's inputs: what they hold, and what is wrong with it. */

import { count, knows, language, say } from "./texts.js";
import { extraPairs, extraText, pricePair } from "./values.js";

/** What a new price is in, where the language says so. */
const CURRENCY = language === "id" ? "IDR" : "";
/** Inputs that scanners type into: they end with Enter, which must not save the book. */
const SCANNED = ["isbn", "barcode"];

export class Controls {
  #form;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    form.querySelector("[data-action=extra]").addEventListener("click", () => this.#addPair("", "").focus());
    for (const name of SCANNED) {
      form.elements[name].addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        this.#focusAfter(event.target);
      });
    }
  }

  /** The text of a field. */
  read(field) {
    if (field === "extra") return this.#readExtra();
    const typed = this.#form.elements[field].value.trim();
    if (field !== "price" || !typed) return typed;
    return `${this.#form.elements.currency.value.trim().toUpperCase()} ${typed}`;
  }

  /** Puts a text into a field. */
  write(field, text) {
    if (field === "extra") return this.#writeExtra(text);
    if (field !== "price") {
      this.#form.elements[field].value = text;
      return;
    }
    const { currency, amount } = text ? pricePair(text) : { currency: CURRENCY, amount: "" };
    this.#form.elements.price.value = amount;
    this.#form.elements.currency.value = currency;
  }

  /** Which field an element belongs to. */
  fieldOf(element) {
    return element.closest("[data-field]")?.dataset.field;
  }

  /** Takes back what was said about fields. */
  clearFaults() {
    for (const error of this.#form.querySelectorAll(".error")) error.hidden = true;
    for (const input of this.#form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  }

  /**
   * Says at each field what is wrong with it and goes to the first.
   * @param {{field: string, message: string}[]} faults
   * @returns {string} a sentence for all of them
   */
  showFaults(faults) {
    for (const { field, message } of faults) {
      // The server names parts, such as "price.amount".
      const [name] = field.split(".");
      const error = document.getElementById(`error-${name}`);
      if (!error) continue;
      error.textContent = say(knows(`rule.${name}`) ? `rule.${name}` : "rule.text", { message });
      error.hidden = false;
      for (const input of error.closest("[data-field]").querySelectorAll("input, textarea")) {
        input.setAttribute("aria-invalid", "true");
      }
    }
    this.#form.querySelector("[aria-invalid]")?.focus();
    return count("form.faults", faults.length);
  }

  #focusAfter(input) {
    const inputs = [...this.#form.querySelectorAll("input, textarea")];
    inputs[inputs.indexOf(input) + 1]?.focus();
  }

  get #pairs() {
    return this.#form.querySelector(".pairs");
  }

  #readExtra() {
    const pairs = [...this.#pairs.children].map((row) => [...row.querySelectorAll("input")].map((input) => input.value.trim()));
    return extraText(pairs.filter(([name, value]) => name || value));
  }

  #writeExtra(text) {
    this.#pairs.replaceChildren();
    for (const [name, value] of extraPairs(text)) this.#addPair(name, value);
  }

  /** One more pair; returns the input of its name. */
  #addPair(name, value) {
    const row = document.createElement("div");
    row.className = "pair";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "small";
    remove.textContent = say("extra.remove");
    remove.addEventListener("click", () => {
      row.remove();
      this.#form.querySelector("[data-action=extra]").focus();
    });
    row.append(pairInput(say("extra.name"), name), pairInput(say("extra.value"), value), remove);
    this.#pairs.append(row);
    return row.querySelector("input");
  }
}

function pairInput(label, value) {
  const input = document.createElement("input");
  input.type = "text";
  input.autocomplete = "off";
  input.placeholder = label;
  input.setAttribute("aria-label", label);
  input.value = value;
  return input;
}
