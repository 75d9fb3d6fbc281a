/** The home page: the table follows the catalogue. */

import { isOwn } from "./connection.js";
import { tell, tellOf, tellStale } from "./news.js";
import { keepFocus, patchContent, patchRows } from "./patch.js";
import { Refresher } from "./refresh.js";
import { count, say } from "./texts.js";

/**
 * Keeps the list live.
 * @param {import("./feed.js").Feed} feed
 */
export function followList(feed) {
  const main = document.getElementById("main");
  const rows = document.querySelector("#books tbody");
  const refresher = new Refresher(show, tellStale);
  /** What others did since it was last told. */
  let news = { changes: 0, last: null };

  feed.addEventListener("change", ({ detail }) => {
    const changes = detail.changes.filter(concerns);
    if (changes.length === 0) return;
    if (!isOwn(detail)) news = { changes: news.changes + changes.length, last: changes.at(-1) };
    refresher.ask();
  });
  feed.addEventListener("gap", () => refresher.ask());
  feed.addEventListener("current", () => refresher.retry());

  /** Whether a change can be seen on this page: a row shown, a book more or less, or one at another place. */
  function concerns({ kind, id, changed }) {
    const sortedBy = main.dataset.sort.replace("-", "");
    return kind !== "updated" || changed.includes(sortedBy) || rows.querySelector(`[data-id="${id}"]`) !== null;
  }

  function show(page) {
    const titles = new Map([...rows.rows].map((row) => [row.dataset.id, titleOf(row)]));
    keepFocus(main, () => {
      for (const id of ["total", "empty", "pager"]) {
        patchContent(document.getElementById(id), page.getElementById(id));
      }
      const [table, fresh] = [document.getElementById("books"), page.getElementById("books")];
      table.hidden = fresh.hidden;
      patchContent(table.caption, fresh.caption);
      patchRows(rows, fresh.tBodies[0]);
    });
    main.dataset.revision = page.getElementById("main").dataset.revision;
    tellNews(titles);
  }

  function tellNews(titles) {
    const { changes, last } = news;
    news = { changes: 0, last: null };
    if (changes === 0 || document.querySelector("dialog[open]")) return;
    if (changes > 1) {
      tell(count("live.many", changes));
      return;
    }
    const { kind, id, book } = last;
    const title = book?.title ?? titles.get(String(id)) ?? "";
    if (book) tellOf(kind === "created" ? "live.added" : "live.changed", { id, title });
    else tell(say(kind === "deleted" ? "live.deleted" : "live.changed", { title }));
  }
}

function titleOf(row) {
  return row.querySelector("th a").textContent;
}
