/** What the page tells about itself: the state of the connection, and what has just happened. */

import { say, showTime } from "./texts.js";

/** A link that comes back sooner than this was hardly gone. */
const LOST_AFTER_MS = 1_500;

/**
 * Shows whether the page is live.
 * @param {import("./connection.js").Connection} connection
 * @param {import("./feed.js").Feed} feed
 */
export function showConnection(connection, feed) {
  const light = document.getElementById("link");
  const banner = document.getElementById("lost");
  let lostAt = null;
  let timer;
  const show = (state, text) => {
    light.dataset.state = state;
    light.textContent = text;
  };

  feed.addEventListener("current", () => {
    clearTimeout(timer);
    if (!banner.hidden) tell(say("live.back"));
    banner.hidden = true;
    lostAt = null;
    if (light.dataset.state !== "on") show("on", say("live.on"));
  });
  connection.addEventListener("lost", () => {
    if (light.dataset.state !== "off") show("off", say("live.off"));
    if (lostAt) return;
    lostAt = new Date();
    timer = setTimeout(() => {
      banner.querySelector("span").textContent = say("live.lost", { time: showTime(lostAt) });
      banner.hidden = false;
    }, LOST_AFTER_MS);
  });
  banner.querySelector("button").addEventListener("click", () => connection.hurry());
}

/** Shows that nobody is logged in any more. */
export function showLoggedOut() {
  const light = document.getElementById("link");
  light.dataset.state = "off";
  light.textContent = say("live.logged_out");
}

/** Says that the page could not be read anew, unless the connection is known to be gone. */
export function tellStale(error) {
  if (document.getElementById("link").dataset.state === "on") tell(say("live.stale", { reason: error.message }));
}

/**
 * Says in one line what has just happened; a screen reader reads it out.
 * @param {...(string | Node)} parts
 */
export function tell(...parts) {
  document.getElementById("news").replaceChildren(...parts);
}

/**
 * Says something about a book, with its title as the way to it.
 * @param {string} key of a text with `{title}`
 * @param {{id: number, title: string}} book
 */
export function tellOf(key, { id, title }) {
  const [before, after = ""] = say(key, { title: "\0" }).split("\0");
  tell(before, link(title, `/books/${id}`), after);
}

/** A link. */
export function link(text, href) {
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.textContent = text;
  return anchor;
}
