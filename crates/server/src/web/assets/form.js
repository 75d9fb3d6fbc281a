/** The dialog in which a book is added or edited. Nothing typed is lost unasked, nobody is overwritten unknowingly. */

import { Unanswered, requestId } from "./connection.js";
import { Merge } from "./conflict.js";
import { Controls } from "./controls.js";
import { tell, tellOf } from "./news.js";
import { knows, say } from "./texts.js";
import { FIELDS, Fault, patchOf, textOf } from "./values.js";

/** What the server's refusal means, in the reader's language. */
export function refusal({ name, message }) {
  const key = `refused.${name}`;
  return say(knows(key) ? key : "refused.other", { message });
}

export class BookForm {
  #connection;
  #dialog = document.getElementById("form");
  #form = this.#dialog.querySelector("form");
  #controls = new Controls(this.#form);
  #merge = new Merge(document.getElementById("conflict"), this.#controls);
  /** The call that is under way: `{requestId, abort}`. */
  #pending = null;
  /** What the server could not save, though it may have: `{content, requestId}`. Sent again it is the same request. */
  #unsure = null;

  /** @param {import("./connection.js").Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#form.addEventListener("input", ({ target }) => this.#merge.typed(this.#controls.fieldOf(target)));
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#save();
    });
    this.#form.querySelector("[data-action=cancel]").addEventListener("click", () => this.#leave());
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#leave();
    });
    addEventListener("beforeunload", (event) => this.isDirty && event.preventDefault());
    connection.addEventListener("lost", () => this.#pending && this.#say(say("form.waiting")));
    connection.addEventListener("open", () => this.#pending && this.#say(say("form.saving")));
  }

  /** Opens the form for a new book. */
  add() {
    this.#open(null, say("form.add"));
  }

  /** Opens the form for a book. */
  edit(book) {
    this.#open(book, say("form.edit", { id: book.id }));
  }

  /**
   * Says something to whoever is typing.
   * @param {...(string | Node)} parts
   */
  tell(...parts) {
    if (this.#dialog.open) this.#say(...parts);
  }

  #open(book, heading) {
    document.getElementById("form-title").textContent = heading;
    for (const field of FIELDS) this.#controls.write(field, textOf(field, book));
    this.#controls.clearFaults();
    this.#merge.begin(book);
    this.#part("deleted").hidden = true;
    this.#submit.textContent = say("action.save");
    this.#say("");
    this.#dialog.showModal();
    this.#form.querySelector(".scroll").scrollTop = 0;
  }

  /**
   * Somebody wrote something: if it was this book, the form says so at once.
   * @param {object} event the protocol's change
   */
  async changed({ request_id, changes }) {
    if (!this.#dialog.open || !this.#merge.base || (request_id && request_id === this.#pending?.requestId)) return;
    for (const { id, kind, book } of changes) {
      if (id !== this.#merge.base.id) continue;
      if (kind === "deleted") this.#deleted();
      else if (!book) await this.check();
      // What the form began with may be newer than what the feed has come to.
      else if (book.revision > this.#merge.base.revision) this.#met(book);
    }
  }

  /** Looks whether the book is still as the form believes. */
  async check() {
    const base = this.#merge.base;
    if (!this.#dialog.open || !base) return;
    try {
      const { book } = await this.#connection.call("books.get", { id: base.id });
      if (this.#merge.base?.id === book.id) this.#met(book);
    } catch (error) {
      if (error.name === "not_found") this.#deleted();
    }
  }

  #met(theirs) {
    if (this.#merge.meet(theirs)) document.getElementById("conflict").scrollIntoView({ block: "nearest" });
  }

  #deleted() {
    this.#merge.begin(null);
    const notice = this.#part("deleted");
    notice.textContent = say("form.deleted");
    notice.hidden = false;
    notice.scrollIntoView({ block: "nearest" });
    this.#submit.textContent = say("form.save_new");
    this.#say("");
  }

  async #save() {
    if (this.#pending) return;
    this.#controls.clearFaults();
    if (!this.#merge.isDecided) {
      this.#say(say("conflict.choose"));
      this.#merge.focus();
      return;
    }
    const patch = this.#patch();
    if (!patch) return;
    if (this.#merge.base && Object.keys(patch).length === 0) {
      tell(say("form.nothing"));
      this.#dialog.close();
      return;
    }
    await this.#send(patch);
  }

  /** What is to be sent, or nothing where a field cannot be. */
  #patch() {
    try {
      return patchOf((field) => this.#controls.read(field), this.#merge.base);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#say(this.#controls.showFaults([{ field: error.field, message: error.message }]));
      return null;
    }
  }

  async #send(patch) {
    const base = this.#merge.base;
    const abort = new AbortController();
    const content = JSON.stringify([base?.id, base?.revision, patch]);
    const request_id = this.#unsure?.content === content ? this.#unsure.requestId : requestId();
    this.#pending = { requestId: request_id, abort };
    this.#unsure = null;
    this.#submit.setAttribute("aria-disabled", "true");
    // Who is logged out was told so, and how to go on.
    if (!this.#connection.isClosed) this.#say(say(this.#connection.isOpen ? "form.saving" : "form.waiting"));
    const [method, params] = base
      ? ["books.update", { id: base.id, set: patch, if_revision: base.revision, request_id }]
      : ["books.create", { book: patch, request_id }];
    try {
      const { book } = await this.#connection.call(method, params, { signal: abort.signal });
      this.#saved(book);
    } catch (error) {
      if (error.name === "unavailable") this.#unsure = { content, requestId: request_id };
      this.#failed(error);
    } finally {
      this.#pending = null;
      this.#submit.removeAttribute("aria-disabled");
    }
  }

  #saved(book) {
    this.#dialog.close();
    tellOf("live.saved", book);
  }

  #failed(error) {
    if (error instanceof Unanswered) {
      if (error.sent) tell(say("live.unknown", { title: this.#controls.read("title") }));
      return;
    }
    const { book, fields } = error.data ?? {};
    this.#say("");
    if (error.name === "conflict" && book && this.#merge.base) this.#met(book);
    else if (error.name === "not_found") this.#deleted();
    else if (fields?.length) this.#say(this.#controls.showFaults(fields));
    else this.#say(refusal(error));
  }

  /** Whether something was typed that is not saved. */
  get isDirty() {
    if (!this.#dialog.open) return false;
    return FIELDS.some((field) => this.#controls.read(field) !== textOf(field, this.#merge.base));
  }

  /** Closes, but asks first where something would be lost. */
  async #leave() {
    if (!this.isDirty || (await isDiscarded())) {
      this.#pending?.abort.abort();
      this.#dialog.close();
    }
  }

  get #submit() {
    return this.#form.querySelector("[type=submit]");
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-part=${name}]`);
  }

  #say(...parts) {
    this.#part("message").replaceChildren(...parts);
  }
}

/** Asks whether what was typed may go. */
function isDiscarded() {
  const dialog = document.getElementById("discard");
  dialog.showModal();
  // Not "close": it comes a frame later, when the question may have been asked again.
  return new Promise((resolve) => {
    dialog.onsubmit = ({ submitter }) => resolve(submitter.value === "leave");
    dialog.oncancel = () => resolve(false);
  });
}
