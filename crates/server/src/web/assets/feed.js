/** A subscription that survives cut links: it goes on from the last revision it saw, or says that it could not. */

import { Refused, Unanswered } from "./connection.js";

const REVISION_GONE = -32010;

/**
 * Events:
 * - `change` (`detail`: the protocol's change): what an entry did, each at most once, in order;
 * - `gap`: something may have been missed; whatever is shown must be read anew;
 * - `current`: everything that was is delivered; live from here.
 */
export class Feed extends EventTarget {
  #connection;
  #filter;
  #position;
  #subscription = null;
  #hasGap = false;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {{revision: number, store: string}} position what is shown already
   * @param {object} filter
   */
  constructor(connection, position, filter = {}) {
    super();
    this.#connection = connection;
    this.#position = position;
    this.#filter = filter;
    connection.addEventListener("open", () => this.#subscribe(this.#position));
    connection.addEventListener("lost", () => (this.#subscription = null));
    connection.addEventListener("notification", ({ detail }) => this.#notified(detail));
  }

  async #subscribe(position) {
    const since = position && { since: position.revision, store: position.store };
    const params = { filter: this.#filter, ...since };
    try {
      this.#subscription = await this.#connection.call("books.subscribe", params, { once: true });
    } catch (error) {
      if (error instanceof Unanswered) return;
      if (!(error instanceof Refused) || error.code !== REVISION_GONE || !position) throw error;
      // Another store, or too long ago: live from now, and what is shown is read anew.
      this.#hasGap = true;
      this.#subscribe(null);
    }
  }

  #notified({ method, params }) {
    if (method !== "books.changed" || params.subscription !== this.#subscription) return;
    const event = params.result;
    if (event.type === "reset") this.#hasGap = true;
    if (event.type === "change") {
      this.#position = { ...this.#position, revision: event.revision };
      this.dispatchEvent(new CustomEvent("change", { detail: event }));
    }
    if (event.type === "current") this.#caughtUp(event);
  }

  #caughtUp({ revision, store }) {
    this.#position = { revision, store };
    if (this.#hasGap) this.dispatchEvent(new Event("gap"));
    this.#hasGap = false;
    this.dispatchEvent(new Event("current"));
  }
}
