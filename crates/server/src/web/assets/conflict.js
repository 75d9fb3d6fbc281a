/** Two people at one book: what the other one changed, and the choice between theirs and mine, field by field. */

import { say } from "./texts.js";
import { FIELDS, showText, textOf } from "./values.js";

/**
 * Merges what others saved into a form that is open.
 *
 * Fields that only they changed are taken into the form and named; where both changed a field, the user chooses.
 */
export class Merge {
  #section;
  #controls;
  #base = null;
  /** Fields changed by both: `{before, theirs, mine, choice}`. */
  #clashes = new Map();
  /** Fields changed by them alone: `{before, theirs}`. */
  #taken = new Map();

  /**
   * @param {HTMLElement} section
   * @param {import("./controls.js").Controls} controls
   */
  constructor(section, controls) {
    this.#section = section;
    this.#controls = controls;
  }

  /** Starts over on a book as the form shows it. */
  begin(base) {
    this.#base = base;
    this.#clashes.clear();
    this.#taken.clear();
    this.#section.hidden = true;
  }

  /** Whether every choice is made. */
  get isDecided() {
    return [...this.#clashes.values()].every((clash) => clash.choice);
  }

  /** Goes to the first choice that is open. */
  focus() {
    (this.#section.querySelector("fieldset:not(:has(:checked)) input") ?? this.#section).focus();
  }

  /**
   * Takes in the book as somebody else left it; it is what is compared with from here on.
   * @param {object} theirs
   * @returns {boolean} whether there is something to show
   */
  meet(theirs) {
    if (theirs.revision === this.#base.revision) return false;
    for (const field of FIELDS) this.#meetField(field, theirs);
    this.#base = theirs;
    this.#render();
    return !this.#section.hidden;
  }

  /** The book that the form is compared with. */
  get base() {
    return this.#base;
  }

  #meetField(field, theirs) {
    const [before, now, mine] = [textOf(field, this.#base), textOf(field, theirs), this.#controls.read(field)];
    const clash = this.#clashes.get(field);
    if (before === now) return;
    if (mine === now) {
      this.#clashes.delete(field);
    } else if (mine === before && !clash) {
      this.#controls.write(field, now);
      this.#taken.set(field, { before: this.#taken.get(field)?.before ?? before, theirs: now });
    } else {
      this.#clashes.set(field, { before: clash?.before ?? before, theirs: now, mine: clash?.mine ?? mine, choice: null });
      this.#taken.delete(field);
    }
  }

  /** Typing into a field that is open is a choice too. */
  typed(field) {
    const clash = this.#clashes.get(field);
    if (!clash) return;
    clash.mine = this.#controls.read(field);
    clash.choice = "mine";
    this.#render();
  }

  #choose(field, choice) {
    const clash = this.#clashes.get(field);
    clash.choice = choice;
    this.#controls.write(field, clash[choice]);
  }

  #render() {
    this.#section.hidden = this.#clashes.size + this.#taken.size === 0;
    const parts = [];
    if (this.#clashes.size) {
      parts.push(element("p", say("conflict.text")), ...[...this.#clashes].map(([field, clash]) => this.#clash(field, clash)));
    }
    if (this.#taken.size) {
      const list = element("ul");
      list.append(...[...this.#taken].map(([field, { before, theirs }]) => taken(field, before, theirs)));
      parts.push(element("p", say("conflict.taken")), list);
    }
    this.#section.querySelector("div").replaceChildren(...parts);
  }

  #clash(field, { before, theirs, mine, choice }) {
    const set = element("fieldset");
    set.append(element("legend", say(`field.${field}`)));
    for (const [side, text] of [["theirs", theirs], ["mine", mine]]) {
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: `choice-${field}`, value: side, checked: choice === side });
      radio.addEventListener("change", () => this.#choose(field, side));
      const label = element("label");
      label.append(radio, element("b", say(side === "mine" ? "conflict.mine" : "conflict.theirs")), value(field, text));
      set.append(label);
    }
    const was = element("p", `${say("conflict.before")}: `);
    was.className = "hint";
    was.append(value(field, before));
    set.append(was);
    return set;
  }
}

function taken(field, before, theirs) {
  const item = element("li");
  item.append(element("b", say(`field.${field}`)), ": ", value(field, before), " → ", value(field, theirs));
  return item;
}

function value(field, text) {
  const shown = element("span", showText(field, text));
  shown.dir = "auto";
  return shown;
}

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}
