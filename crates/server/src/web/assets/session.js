/**
 * Who is logged in. The windows of a browser share one login: where it ends or changes in one, the others follow, and
 * nothing that is being typed in them is lost.
 */

import { link, showLoggedOut } from "./news.js";
import { say, showTime } from "./texts.js";

/** Who was when the page was made: a token's name, "" for nobody, nothing where that does not matter. */
const own = document.body.dataset.login;
/** Whoever has just come to a page says on it who is logged in there. */
const windows = new BroadcastChannel("bookstore-login");

/** The login page goes on by itself once somebody has logged in. */
export async function awaitLogin() {
  const { next } = document.querySelector("main form").elements;
  const look = async () => {
    if ((await nameNow()) === own) return false;
    location.replace(address({ next: next.value }));
    return true;
  };
  windows.onmessage = ({ data }) => data !== own && look();
  // A browser that comes from another site brings no cookie along, though it has one.
  if (!(await look())) windows.postMessage(own);
}

/**
 * Follows the login on a page of the catalogue.
 * @param {import("./connection.js").Connection} connection
 * @param {import("./form.js").BookForm} form
 */
export function followLogin(connection, form) {
  const banner = document.getElementById("expiring");
  let shown = own;
  let isOut = false;

  windows.onmessage = ({ data }) => (data !== shown || isOut) && look();
  windows.postMessage(own);
  // The handshake of a login that has ended fails like any other.
  connection.addEventListener("failed", () => look());
  connection.addEventListener("loggedout", () => {
    showLoggedOut();
    look(leave);
  });
  connection.addEventListener("open", () => (banner.hidden = true));
  connection.addEventListener("notification", ({ detail }) => {
    if (detail.method === "session.expiring") announce(new Date(detail.params.expires));
  });
  document.getElementById("form").addEventListener("close", () => {
    if (isOut) leave();
    else if (shown !== own) location.reload();
  });

  /** Asks who is logged in now; a server that cannot be asked is no news, unless `unsure` says what to do. */
  async function look(unsure = () => {}) {
    let name;
    try {
      name = await nameNow();
    } catch {
      unsure();
      return;
    }
    if (name === shown && !isOut) return;
    if (name) arrive(name);
    else leave();
  }

  function leave() {
    if (!form.isDirty) {
      location.assign(address({ ended: "", next: here() }));
      return;
    }
    isOut = true;
    connection.close();
    showLoggedOut();
    form.tell(say("form.logged_out"), " ", loginLink());
  }

  function arrive(name) {
    if (!form.isDirty) {
      location.reload();
      return;
    }
    isOut = false;
    shown = name;
    connection.open();
    form.tell(say("form.logged_in", { name }));
  }

  function announce(end) {
    const text = say("live.expiring", { time: showTime(end) });
    banner.replaceChildren(text, " ", loginLink());
    banner.hidden = false;
    form.tell(text, " ", loginLink());
  }
}

/** Who this page would be made for now; `null` where another page would come instead. */
async function nameNow() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (response.type === "opaqueredirect") return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  // What is no page says nothing of the login.
  return page.body.dataset.login ?? own;
}

const here = () => location.pathname + location.search;

const address = (query) => `/login?${new URLSearchParams(query)}`;

/** The way to log in that leaves this window as it is. */
function loginLink() {
  const anchor = link(say("live.log_in"), address({ next: here() }));
  anchor.target = "_blank";
  return anchor;
}
