/** Two people, two windows: what one saves, the other sees at once. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOOKS } from "./books.js";
import { Server, isSame, launch, live, look, picture, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

test("what one adds, edits and deletes, the other sees without reloading", async () => {
  await server.add(...BOOKS.slice(0, 3));
  const [sari, budi] = await Promise.all([look(browser, server.url), look(browser, server.url)]);

  await sari.getByRole("button", { name: "Add book" }).click();
  const form = sari.getByRole("dialog", { name: "Add a book" });
  await form.getByLabel("Title").fill("Bumi Manusia");
  await form.getByLabel("Author").fill("Pramoedya Ananta Toer");
  await form.getByLabel("Price").fill("Rp 132.000");
  await form.getByLabel("Currency").fill("idr");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "hidden" });
  await row(budi, "Bumi Manusia").getByText("Rp 132,000").waitFor();
  await budi.getByText("New: Bumi Manusia").waitFor();
  await budi.getByText("4 books", { exact: true }).waitFor();
  await sari.getByText("Saved: Bumi Manusia").waitFor();
  assert.equal(await row(budi, "Bumi Manusia").evaluate((tr) => tr.rowIndex), 1, "the newest book comes first");

  await row(budi, "Bumi Manusia").getByRole("button", { name: "Edit" }).click();
  const edit = budi.getByRole("dialog", { name: /Edit book/ });
  await edit.getByLabel("In stock").fill("6");
  await edit.getByLabel("Status").fill("Checked out");
  await edit.getByRole("button", { name: "Save" }).click();
  await row(sari, "Bumi Manusia").getByText("Checked out").waitFor();
  await picture(sari, "changed");
  const marked = row(sari, "Bumi Manusia").locator("td.changed-now");
  assert.deepEqual(await marked.allInnerTexts(), ["6", "Checked out"], "the cells that changed are marked");
  const [stored] = await server.ask("GET", "/books?title=Bumi+Manusia");
  assert.equal(stored.status, "Checked Out", "statuses are stored in the original's words");

  await row(sari, "Bumi Manusia").getByRole("button", { name: "Delete" }).click();
  const question = sari.getByRole("alertdialog", { name: "Delete this book?" });
  await question.getByText("Pramoedya Ananta Toer").waitFor();
  await picture(sari, "delete");
  await question.getByRole("button", { name: "Delete book" }).click();
  await row(budi, "Bumi Manusia").waitFor({ state: "detached" });
  await budi.getByText("Deleted: Bumi Manusia").waitFor();
  await budi.getByText("3 books", { exact: true }).waitFor();

  for (const page of [sari, budi]) {
    assert.ok(await isSame(page));
    assert.deepEqual(page.complaints, []);
  }
});

test("the page of a book follows it, and says so when it is gone", async () => {
  const [{ id }] = await server.add({ title: "Atheis", author: "Achdiat K. Mihardja", shelf: "A-1" });
  const page = await look(browser, `${server.url}books/${id}`);
  await page.getByRole("button", { name: "Edit" }).focus();

  await server.ask("PATCH", `/books/${id}`, { title: "Atheis (1949)", shelf: "B-2", language: "id" });
  await page.getByRole("heading", { name: "Atheis (1949)" }).waitFor();
  await page.getByText("Somebody has just changed: Title, Language, Shelf").waitFor();
  await page.locator("[data-field=shelf].changed-now").getByText("B-2").waitFor();
  await page.getByText("Indonesian").waitFor();
  assert.equal(await page.title(), "Atheis (1949) – Bookstore");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.action), "edit", "the focus stays");
  await picture(page, "book");

  await server.ask("DELETE", `/books/${id}`);
  await page.getByText("Somebody has just deleted this book.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Edit" }).isDisabled());
  assert.ok(await isSame(page));
  await page.reload();
  await page.getByText(`Book ${id} has been deleted.`).waitFor();
});

test("changes keep the order, the page, the place and the focus", async () => {
  await server.add(...Array.from({ length: 120 }, (_, n) => ({ title: `Buku ${String(n).padStart(3, "0")}`, shelf: "Z" })));
  const page = await look(browser, `${server.url}?shelf=Z&sort=title`);
  await page.getByRole("link", { name: "Next" }).click();
  await live(page);
  await page.evaluate(() => (window.isSame = true));
  const button = row(page, "Buku 070").getByRole("button", { name: "Edit" });
  await button.focus();
  const place = await button.evaluate((element) => element.getBoundingClientRect().top);

  const [first] = await server.add({ title: "Buku 060 a", shelf: "Z" });
  await row(page, "Buku 060 a").waitFor();
  await page.getByText("121 books match the filter").waitFor();
  const titles = await page.locator("#books tbody th").allInnerTexts();
  assert.deepEqual([titles.length, titles[0], titles[11]], [50, "Buku 050", "Buku 060 a"]);
  assert.ok(await button.evaluate((element) => element === document.activeElement), "the focus stays");
  assert.ok(Math.abs((await button.evaluate((element) => element.getBoundingClientRect().top)) - place) < 2, "nothing jumps");

  await server.ask("PATCH", `/books/${first.id}`, { shelf: "Y" });
  await row(page, "Buku 060 a").waitFor({ state: "detached" });
  await page.getByText("120 books match the filter").waitFor();

  const id = await row(page, "Buku 070").getAttribute("data-id");
  await server.ask("DELETE", `/books/${id}`);
  await row(page, "Buku 070").waitFor({ state: "detached" });
  const next = row(page, "Buku 071").getByRole("button", { name: "Edit" });
  assert.ok(await next.evaluate((element) => element === document.activeElement), "the focus goes to the next row");
  assert.ok(await isSame(page));
  assert.deepEqual(page.complaints, []);
});

test("many changes at once end in the right table", async () => {
  const page = await look(browser, `${server.url}?shelf=M`);
  const create = Array.from({ length: 200 }, (_, n) => ({ create: { book: { title: `Massal ${n}`, shelf: "M" } } }));
  await server.ask("POST", "/books/transact", { operations: create });
  await Promise.all(Array.from({ length: 20 }, (_, n) => server.add({ title: `Satu ${n}`, shelf: "M" })));
  await page.getByText("220 books match the filter").waitFor();
  await page.getByText("Page 1 of 5").waitFor();
  assert.equal(await page.locator("#books tbody tr").count(), 50);
  const shown = await page.locator("#books tbody th").allInnerTexts();
  const newest = await server.ask("GET", "/books?shelf=M&sort=-id&limit=50");
  await page.waitForFunction((title) => document.querySelector("#books tbody th").innerText === title, newest[0].title);
  assert.equal(new Set(shown).size, 50, "no row stands twice");
});
