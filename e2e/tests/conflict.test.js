/** Two people at one book: nobody is overwritten unknowingly, nothing typed is lost. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, launch, look, picture, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

/** Opens the form for a book. */
async function edit(page, title) {
  await row(page, title).getByRole("button", { name: /^(Edit|Ubah)/ }).click();
  const form = page.locator("#form[open]");
  await form.waitFor();
  return form;
}

test("what somebody else saves meanwhile is shown field by field, and the user decides", async () => {
  const [{ id }] = await server.add({ title: "Belenggu", author: "Armijn Pane", year: 1940, stock: 3, shelf: "A-1" });
  const [sari, budi] = await Promise.all([look(browser, server.url), look(browser, server.url)]);
  const mine = await edit(sari, "Belenggu");
  await mine.getByLabel("In stock").fill("2");
  await mine.getByLabel("Edition").fill("2nd");

  const theirs = await edit(budi, "Belenggu");
  await theirs.getByLabel("In stock").fill("5");
  await theirs.getByLabel("Shelf").fill("B-7");
  await theirs.getByRole("button", { name: "Save" }).click();

  const conflict = sari.getByRole("region", { name: "Somebody changed this book while you were editing" });
  await conflict.getByRole("group", { name: "In stock" }).getByText("Before: 3").waitFor();
  await conflict.getByText("Shelf: A-1 → B-7").waitFor();
  await picture(sari, "conflict");
  assert.equal(await mine.getByLabel("Shelf").inputValue(), "B-7", "a field that only they changed is taken over");
  assert.equal(await mine.locator("[name=stock]").inputValue(), "2", "what was typed stays");

  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByText("Choose “Theirs” or “Yours” for each field first.").waitFor();
  await conflict.getByLabel("Yours").check();
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.waitFor({ state: "hidden" });
  const book = await server.ask("GET", `/books/${id}`);
  assert.deepEqual([book.stock, book.shelf, book.edition], [2, "B-7", "2nd"]);
});

test("a save that comes second is refused and decided, not carried out", async () => {
  const [book] = await server.add({ title: "Salah Asuhan", publisher: "Balai Pustaka" });
  const page = await look(browser, server.url, { isDeaf: true });
  const form = await edit(page, "Salah Asuhan");
  await form.getByLabel("Publisher").fill("Pustaka Jaya");
  await server.ask("PATCH", `/books/${book.id}`, { publisher: "Gramedia" });
  await form.getByRole("button", { name: "Save" }).click();

  await form.getByRole("group", { name: "Publisher" }).getByText("Gramedia").waitFor();
  assert.equal((await server.ask("GET", `/books/${book.id}`)).publisher, "Gramedia", "nothing was overwritten");
  await form.getByLabel("Theirs").check();
  assert.equal(await form.locator("[name=publisher]").inputValue(), "Gramedia");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "hidden" });
  await page.getByText("Nothing has been changed.").waitFor();
});

test("a book deleted under the form can be saved as a new one", async () => {
  const [{ id }] = await server.add({ title: "Layar Terkembang" });
  const page = await look(browser, server.url);
  const form = await edit(page, "Layar Terkembang");
  await form.getByLabel("Author").fill("Sutan Takdir Alisjahbana");
  await server.ask("DELETE", `/books/${id}`);
  await form.getByText("Somebody has just deleted this book.").waitFor();
  await form.getByRole("button", { name: "Save as a new book" }).click();
  await row(page, "Layar Terkembang").getByText("Sutan Takdir Alisjahbana").waitFor();
  assert.notEqual(await row(page, "Layar Terkembang").getAttribute("data-id"), String(id));
});

test("deleting asks again when the book was changed meanwhile", async () => {
  const [{ id }] = await server.add({ title: "Saman", stock: 1 });
  const page = await look(browser, server.url);
  await row(page, "Saman").getByRole("button", { name: "Delete" }).click();
  const question = page.locator("#delete[open]");
  await server.ask("PATCH", `/books/${id}`, { stock: 40 });
  await question.getByText("Somebody has just changed this book: In stock.").waitFor();
  await question.getByText("40").waitFor();
  await question.getByRole("button", { name: "Delete book" }).click();
  await row(page, "Saman").waitFor({ state: "detached" });
});

test("faults are told at their fields, in the reader's language, and nothing typed is lost", async () => {
  const page = await look(browser, server.url, { locale: "id-ID" });
  await page.getByRole("button", { name: "Tambah buku" }).click();
  const form = page.locator("#form[open]");
  await form.locator("[name=year]").fill("tahun ini");
  await form.locator("[name=isbn]").fill("9789793062793");
  await form.getByRole("button", { name: "Simpan" }).click();
  await form.getByText("3 isian perlu diperbaiki.").waitFor();
  await picture(page, "faults");
  await form.getByText("Judul wajib diisi, paling panjang").waitFor();
  await form.getByText("Tahun berupa bilangan bulat").waitFor();
  await form.getByText("ISBN ini tidak benar").waitFor();
  assert.ok(await form.locator("[name=title]").evaluate((input) => input === document.activeElement), "the first is gone to");

  await page.keyboard.press("Escape");
  const question = page.getByRole("alertdialog", { name: "Buang yang sudah Anda ketik?" });
  await question.waitFor();
  await question.getByRole("button", { name: "Lanjut mengisi" }).click();
  assert.equal(await form.locator("[name=year]").inputValue(), "tahun ini");
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Buang" }).click();
  await form.waitFor({ state: "hidden" });
});

test("every field can be filled in, changed and emptied again", async () => {
  const page = await look(browser, server.url);
  const texts = {
    title: "Laskar Pelangi", author: "Andrea Hirata", publisher: "Bentang Pustaka", year: "2005", pages: "529",
    isbn: "979-3062-79-7", edition: "1st", status: "Di gudang", stock: "3", shelf: "A-3", barcode: "2000001", price: "79.000",
    currency: "IDR", series: "Laskar Pelangi 1", language: "ind", subjects: "Fiksi; Pendidikan", description: "Satu\nDua",
  };
  await page.getByRole("button", { name: "Add book" }).click();
  const form = page.locator("#form[open]");
  for (const [name, text] of Object.entries(texts)) await form.locator(`[name=${name}]`).fill(text);
  await form.getByRole("button", { name: "Add a field" }).click();
  await form.getByLabel("Name").fill("pemasok");
  await form.getByLabel("Value").fill("Gramedia");
  await form.getByRole("button", { name: "Save" }).click();
  await row(page, "Laskar Pelangi").waitFor();
  const id = await row(page, "Laskar Pelangi").getAttribute("data-id");
  const { revision, updated_at, ...book } = await server.ask("GET", `/books/${id}`);
  assert.deepEqual(book, {
    id: Number(id), title: "Laskar Pelangi", author: "Andrea Hirata", publisher: "Bentang Pustaka", year: 2005, pages: 529,
    edition: "1st", description: "Satu\nDua", status: "Di gudang", isbn: "9789793062792", language: "id",
    subjects: ["Fiksi", "Pendidikan"], series: "Laskar Pelangi 1", shelf: "A-3", barcode: "2000001", stock: 3,
    price: { amount: "79000.00", currency: "IDR" }, extra: { pemasok: "Gramedia" },
  });

  const edited = await edit(page, "Laskar Pelangi");
  for (const name of Object.keys(texts)) if (name !== "title") await edited.locator(`[name=${name}]`).fill("");
  await edited.getByRole("button", { name: "Remove" }).click();
  await edited.getByRole("button", { name: "Save" }).click();
  await edited.waitFor({ state: "hidden" });
  const { revision: _, updated_at: __, ...emptied } = await server.ask("GET", `/books/${id}`);
  assert.deepEqual(emptied, {
    id: Number(id), title: "Laskar Pelangi", author: "", publisher: "", year: null, pages: null, edition: "", description: "",
    status: "Available",
  });
  assert.deepEqual(page.complaints, []);
});
