/** The page of one book: it follows the book. */

import { isOwn } from "./connection.js";
import { tell, tellStale } from "./news.js";
import { hasSameContent, mark, patchContent } from "./patch.js";
import { Refresher } from "./refresh.js";
import { localise, say } from "./texts.js";

/**
 * Keeps the page live.
 * @param {import("./feed.js").Feed} feed
 */
export function followBook(feed) {
  const id = Number(document.getElementById("main").dataset.id);
  const article = document.getElementById("book");
  const refresher = new Refresher(show, tellStale);
  const back = document.getElementById("back");
  let isOwnDelete = false;

  back.href = listBefore() ?? back.href;
  feed.addEventListener("change", ({ detail }) => {
    for (const change of detail.changes.filter((change) => change.id === id)) {
      isOwnDelete = change.kind === "deleted" && isOwn(detail);
      if (change.changed && !isOwn(detail) && !document.querySelector("dialog[open]")) tellChange(change);
      refresher.ask();
    }
  });
  feed.addEventListener("gap", () => refresher.ask());
  feed.addEventListener("current", () => refresher.retry());

  function show(page, status) {
    const fresh = page.getElementById("book");
    if (status === 404 || !fresh) return gone();
    localise(fresh);
    const before = new Map([...article.querySelectorAll("[data-field]")].map((part) => [part.dataset.field, part]));
    for (const part of fresh.querySelectorAll("[data-field]")) {
      part.toggleAttribute("data-new", !isKnown(before.get(part.dataset.field), part));
    }
    document.title = page.title;
    patchParts(fresh);
  }

  /** The buttons stay the same elements, so that the focus stays on them. */
  function patchParts(fresh) {
    for (const part of ["h1", ".author", "dl", ".changed"]) {
      patchContent(article.querySelector(part), fresh.querySelector(part));
    }
    article.dataset.revision = fresh.dataset.revision;
    for (const part of article.querySelectorAll("[data-new]")) {
      part.removeAttribute("data-new");
      mark(part);
    }
  }

  function gone() {
    article.classList.add("gone");
    for (const button of article.querySelectorAll("button")) button.disabled = true;
    if (!isOwnDelete) tell(say("live.book_deleted"));
  }
}

/** The list that the reader comes from, with its filter, order and page. */
function listBefore() {
  if (!document.referrer) return null;
  const before = new URL(document.referrer);
  return before.origin === location.origin && before.pathname === "/" ? before.href : null;
}

const isKnown = (old, part) => old !== undefined && hasSameContent(old, part);

function tellChange({ changed }) {
  tell(say("live.book_changed", { fields: changed.map((field) => say(`field.${field}`)).join(", ") }));
}
