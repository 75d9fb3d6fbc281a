/**
 * Brings the page up to date by asking the server for it again.
 *
 * One renderer, on the server, so that what is live is what a reload would show. At most one request at a time, a few
 * a second, fewer where the server takes long over each, none while nobody looks.
 */

const PAUSE_MIN_MS = 250;
/** A request's share of the time: at most a fifth. */
const SHARE = 4;

/**
 * Calls `apply` with the page as it is now, soon after it was asked to.
 */
export class Refresher {
  #apply;
  #failed;
  #isWanted = false;
  /** What was asked for could not be had. */
  #hasFailed = false;
  #isRunning = false;
  #notBefore = 0;
  #timer;

  /**
   * @param {(page: Document, status: number) => void} apply
   * @param {(error: Error) => void} failed
   */
  constructor(apply, failed) {
    this.#apply = apply;
    this.#failed = failed;
    document.addEventListener("visibilitychange", () => this.#schedule());
  }

  /** Something changed. */
  ask() {
    this.#isWanted = true;
    this.#schedule();
  }

  /** The link is back: what failed while it was cut is done now. */
  retry() {
    if (this.#hasFailed) this.ask();
  }

  #schedule() {
    if (!this.#isWanted || this.#isRunning || document.hidden) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#notBefore - performance.now()));
  }

  async #run() {
    this.#isWanted = false;
    this.#hasFailed = false;
    this.#isRunning = true;
    const began = performance.now();
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (response.status >= 500) throw new Error(`${response.status} ${response.statusText}`);
      this.#show(new DOMParser().parseFromString(await response.text(), "text/html"), response.status);
    } catch (error) {
      this.#isWanted = false;
      this.#hasFailed = true;
      this.#failed(error);
    } finally {
      const took = performance.now() - began;
      this.#isRunning = false;
      this.#notBefore = performance.now() + Math.max(PAUSE_MIN_MS, SHARE * took);
      this.#schedule();
    }
  }

  /** A page of another build of the program needs its own scripts; not while somebody is typing. */
  #show(page, status) {
    const isOther = page.documentElement.dataset.build !== document.documentElement.dataset.build;
    if (isOther && !document.querySelector("dialog[open]")) location.reload();
    else this.#apply(page, status);
  }
}
