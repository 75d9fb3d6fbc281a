/**
 * The connection to the server: JSON-RPC 2.0 over one WebSocket that comes back by itself.
 *
 * A call waits until it is answered, over as many connections as that takes. Reads may be asked twice; writes carry a
 * `request_id`, by which the server carries them out once.
 */

/** Silence after which a link counts as dead: the server speaks every 15 s. */
const SILENCE_MS = 30_000;
/** How long a suspected link may take to answer. */
const PROBE_MS = 4_000;
/** The close code of a login that has ended. */
const LOGGED_OUT = 4001;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 15_000;

/** An error that the server answered. `name` is the protocol's: `conflict`, `not_found`, … */
export class Refused extends Error {
  constructor({ code, message, data }) {
    super(message);
    this.code = code;
    this.data = data ?? {};
    this.name = this.data.type ?? "other";
  }
}

/** The link broke before a call that is not repeated was answered, or the call was withdrawn. */
export class Unanswered extends Error {}

/**
 * How long to wait before the next attempt: anywhere up to a limit that doubles, so that many clients of a server
 * that comes back do not all come at once.
 * @param {number} attempts failed so far
 * @param {number} [chance] from 0 to 1
 */
export function pause(attempts, chance = Math.random()) {
  const limit = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** attempts);
  return RETRY_MIN_MS + chance * (limit - RETRY_MIN_MS);
}

const ownRequests = new Set();

/** A new id for a write, also where `crypto.randomUUID` is missing (plain HTTP from another machine). */
export function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  ownRequests.add(id);
  return id;
}

/** Whether a change came from this page. */
export const isOwn = (change) => ownRequests.has(change.request_id);

/**
 * Events: `open`, `lost` (an open link broke, or an attempt failed), `failed` (an attempt to come back failed),
 * `loggedout` (nobody is logged in, or no longer), `notification` (`detail`: `{method, params}`), `refused` (`detail`:
 * the `Refused` that a call fails with).
 */
export class Connection extends EventTarget {
  #url;
  #socket = null;
  #calls = new Map();
  #lastId = 0;
  #attempts = 0;
  #isClosed = false;
  #silence;
  #retry;

  /** @param {string | URL} url */
  constructor(url) {
    super();
    this.#url = url;
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.#probe());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    // A page kept for "back" holds no connection; it goes on from where it stood when it is shown again.
    addEventListener("pagehide", () => this.#drop());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  /** Whether calls go out at once. */
  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connects; after this it keeps itself connected. */
  open() {
    clearTimeout(this.#retry);
    this.#drop();
    this.#isClosed = false;
    const socket = new WebSocket(this.#url, ["bookstore.v1+json"]);
    this.#socket = socket;
    this.#hear();
    socket.onopen = () => this.#opened();
    socket.onmessage = (message) => this.#received(JSON.parse(message.data));
    socket.onclose = ({ code }) => (code === LOGGED_OUT ? this.#loggedOut() : this.#lost());
  }

  /** Ends the connection until it is opened again: nobody is logged in. */
  close() {
    this.#drop();
    this.#isClosed = true;
  }

  /** Whether it waits for somebody to log in. */
  get isClosed() {
    return this.#isClosed;
  }

  /** Tries now instead of later; a link that seems open is asked whether it is. */
  hurry() {
    if (this.isOpen) this.#probe();
    else if (this.#socket?.readyState !== WebSocket.CONNECTING) this.open();
  }

  /**
   * Calls a method.
   * @param {string} method
   * @param {object} params
   * @param {{once?: boolean, signal?: AbortSignal}} [options] `once`: not repeated over a new connection;
   *   `signal` withdraws the call
   * @returns {Promise<any>} the result; fails with `Refused` or `Unanswered`
   */
  call(method, params, { once = false, signal } = {}) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const call = { id, method, params, once, resolve, reject, sent: false };
      this.#calls.set(id, call);
      signal?.addEventListener("abort", () => this.#withdraw(call));
      if (this.isOpen) this.#send(call);
      else if (once) this.#withdraw(call);
    });
  }

  #send(call) {
    const { id, method, params } = call;
    call.sent = true;
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  }

  #withdraw(call) {
    if (!this.#calls.delete(call.id)) return;
    const unanswered = new Unanswered(call.method);
    unanswered.sent = call.sent;
    call.reject(unanswered);
  }

  #opened() {
    this.#attempts = 0;
    this.#hear();
    this.dispatchEvent(new Event("open"));
    for (const call of this.#calls.values()) {
      if (!call.once) this.#send(call);
    }
  }

  #received(message) {
    this.#hear();
    if (message.method) {
      this.dispatchEvent(new CustomEvent("notification", { detail: message }));
      return;
    }
    // Whatever was called waits until somebody is logged in.
    if (message.error?.data?.type === "unauthenticated") {
      this.#loggedOut();
      return;
    }
    const call = this.#calls.get(message.id);
    if (!this.#calls.delete(message.id)) return;
    if (message.error) this.#refused(call, new Refused(message.error));
    else call.resolve(message.result);
  }

  #refused(call, refused) {
    this.dispatchEvent(new CustomEvent("refused", { detail: refused }));
    call.reject(refused);
  }

  /** The link lives: silence is counted from here. */
  #hear() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(), SILENCE_MS);
  }

  #probe() {
    if (!this.isOpen) return;
    const socket = this.#socket;
    const deadline = setTimeout(() => socket === this.#socket && this.#lost(), PROBE_MS);
    // Whatever the answer is, it proves that somebody is there.
    this.call("server.info", {}, { once: true }).catch(() => {}).finally(() => clearTimeout(deadline));
  }

  /** Connecting again would end the same: somebody must log in first. */
  #loggedOut() {
    this.#drop();
    this.dispatchEvent(new Event("loggedout"));
  }

  #lost() {
    this.#drop();
    this.dispatchEvent(new Event("lost"));
    if (this.#attempts > 0) this.dispatchEvent(new Event("failed"));
    this.#retry = setTimeout(() => this.open(), pause(this.#attempts++));
  }

  /** Lets go of the socket without waiting for the other side, which may be gone. */
  #drop() {
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    for (const call of [...this.#calls.values()]) {
      if (call.once) this.#withdraw(call);
    }
  }
}
