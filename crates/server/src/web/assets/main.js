/** Starts what the page needs. Without this script pages show, but do not move. */

import { followBook } from "./book.js";
import { Connection } from "./connection.js";
import { DeleteDialog } from "./delete.js";
import { Feed } from "./feed.js";
import { BookForm, refusal } from "./form.js";
import { followList } from "./list.js";
import { showConnection, tell } from "./news.js";
import { showSaving } from "./saving.js";
import { awaitLogin, followLogin } from "./session.js";
import { localise, say } from "./texts.js";

const kind = document.body.dataset.page;
const main = document.getElementById("main");

localise(document);
if (kind === "login") awaitLogin();
else if (kind !== "none") start();

function start() {
  const connection = new Connection(address());
  const position = { revision: Number(main.dataset.revision), store: main.dataset.store };
  const feed = new Feed(connection, position, JSON.parse(main.dataset.filter ?? "{}"));
  const form = new BookForm(connection);
  const question = new DeleteDialog(connection);

  showConnection(connection, feed);
  showSaving(connection);
  if (kind === "home") followList(feed);
  else followBook(feed);
  feed.addEventListener("change", ({ detail }) => {
    form.changed(detail);
    question.changed(detail);
  });
  feed.addEventListener("gap", () => form.check());
  listen(connection, form, question);
  followLogin(connection, form);
  connection.open();
}

function address() {
  const url = new URL("/ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** Buttons and keys. */
function listen(connection, form, question) {
  const add = document.getElementById("add");
  add?.addEventListener("click", () => form.add());
  main.addEventListener("click", async ({ target }) => {
    const button = target.closest("button[data-action]");
    if (!button) return;
    const id = Number(button.closest("[data-id]").dataset.id);
    const book = await currentBook(connection, id);
    if (!book || document.querySelector("dialog[open]")) return;
    if (button.dataset.action === "edit") form.edit(book);
    else question.ask(book);
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select") || document.querySelector("dialog[open]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "n" && add) form.add();
    else if (event.key === "/" && kind === "home") openFilter();
    else return;
    event.preventDefault();
  });
}

/** The book as it is now, with all its fields. */
async function currentBook(connection, id) {
  try {
    return (await connection.call("books.get", { id }, { once: true })).book;
  } catch (error) {
    tell(error.data ? refusal(error) : say("live.needs_link"));
    return null;
  }
}

function openFilter() {
  const filter = document.getElementById("filter");
  filter.open = true;
  filter.querySelector("input").focus();
}
