/** The dialog that asks before a book is deleted, and says what will go. */

import { Unanswered, requestId } from "./connection.js";
import { refusal } from "./form.js";
import { tell } from "./news.js";
import { say } from "./texts.js";
import { FIELDS, showText, textOf } from "./values.js";

/** The fields by which people know a book; others are not listed. */
const SHOWN = ["author", "publisher", "year", "isbn", "shelf", "stock"];

export class DeleteDialog {
  #connection;
  #dialog = document.getElementById("delete");
  #form = this.#dialog.querySelector("form");
  #book = null;
  #abort = null;

  /** @param {import("./connection.js").Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#delete();
    });
    this.#form.querySelector("[data-action=cancel]").addEventListener("click", () => this.#leave());
    this.#dialog.addEventListener("cancel", () => this.#leave());
  }

  /** Asks about a book. */
  ask(book) {
    this.#say("");
    this.#show(book);
    this.#dialog.showModal();
  }

  /**
   * Somebody wrote something: the question may no longer be the same.
   * @param {object} event the protocol's change
   */
  changed({ changes }) {
    if (!this.#dialog.open || this.#abort) return;
    for (const { id, kind, book } of changes) {
      if (id !== this.#book.id) continue;
      if (kind === "deleted") this.#gone();
      else if (book) this.#changedTo(book);
    }
  }

  #leave() {
    this.#abort?.abort();
    this.#dialog.close();
  }

  async #delete() {
    if (this.#abort) return;
    this.#abort = new AbortController();
    const { id, revision, title } = this.#book;
    const params = { id, if_revision: revision, request_id: requestId() };
    if (!this.#connection.isOpen) this.#say(say("form.waiting"));
    try {
      await this.#connection.call("books.delete", params, { signal: this.#abort.signal });
      this.#dialog.close();
      tell(say("live.deleted", { title }));
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#abort = null;
    }
  }

  #failed(error) {
    if (error instanceof Unanswered) {
      if (error.sent) tell(say("live.unknown", { title: this.#book.title }));
    } else if (error.name === "not_found") this.#gone();
    else if (error.name === "conflict" && error.data.book) this.#changedTo(error.data.book);
    else this.#say(refusal(error));
  }

  #gone() {
    this.#dialog.close();
    tell(say("live.gone"));
  }

  #changedTo(book) {
    const changed = FIELDS.filter((field) => textOf(field, book) !== textOf(field, this.#book));
    this.#say(say("delete.changed", { fields: changed.map((field) => say(`field.${field}`)).join(", ") }));
    this.#show(book);
  }

  #show(book) {
    this.#book = book;
    const title = document.createElement("p");
    title.className = "title";
    title.dir = "auto";
    title.textContent = book.title;
    const list = document.createElement("dl");
    for (const field of SHOWN.filter((field) => textOf(field, book))) {
      const row = document.createElement("div");
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = say(`field.${field}`);
      value.textContent = showText(field, textOf(field, book));
      row.append(term, value);
      list.append(row);
    }
    document.getElementById("delete-what").replaceChildren(title, list);
  }

  #say(text) {
    this.#dialog.querySelector("[data-part=message]").textContent = text;
  }
}
