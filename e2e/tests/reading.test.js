/** Who only reads: other languages, small screens, no scripts, wrong addresses, hostile titles. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BOOKS } from "./books.js";
import { Server, isTooWide, launch, live, look, picture, row } from "./fixture.js";

const HOSTILE = `<img src=x onerror="window.wasHacked = true"><script>window.wasHacked = true</script>`;

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
  await server.add(...BOOKS);
});
after(() => Promise.all([browser.close(), server.stop()]));

test("where nothing is, there is a way back", async () => {
  const page = await look(browser, `${server.url}nowhere`);
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await picture(page, "missing");
  await page.getByRole("link", { name: "Show all books" }).click();
  await row(page, "Laskar Pelangi").waitFor();
});

test("an Indonesian browser gets Indonesian, and a choice is remembered", async () => {
  const page = await look(browser, server.url, { locale: "id-ID" });
  await page.getByRole("heading", { name: "Buku" }).waitFor();
  await page.getByText("Tersambung").waitFor();
  await row(page, "Laskar Pelangi").getByText("Rp 79.000").waitFor();
  await row(page, "Laut Bercerita").getByText("Dipinjam").waitFor();
  await picture(page, "indonesian");
  await page.getByRole("link", { name: "Laskar Pelangi" }).click();
  await page.getByRole("link", { name: "English" }).click();
  await page.getByRole("button", { name: "Edit" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.goto(server.url);
  await page.getByRole("heading", { name: "Books" }).waitFor();
});

test("a phone shows cards and nothing is wider than its screen", async () => {
  const [{ id }] = await server.add({ title: "Panjang".repeat(100), author: "A".repeat(500), shelf: "Z".repeat(150) });
  const page = await look(browser, server.url);
  for (const width of [320, 480, 700, 768, 940, 941, 1024, 1100, 1101, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    assert.ok(!(await isTooWide(page)), `the list at ${width}`);
  }
  for (const viewport of [{ width: 360, height: 740 }, { width: 768, height: 1024 }]) {
    const phone = await look(browser, server.url, { viewport, isMobile: true, hasTouch: true, locale: "id-ID" });
    assert.ok(!(await isTooWide(phone)), `the list at ${viewport.width}`);
    await phone.locator("#filter summary").tap();
    assert.ok(!(await isTooWide(phone)), `the filter at ${viewport.width}`);
    await picture(phone, `phone-${viewport.width}-filter`);
    await phone.locator("#filter summary").tap();
    await row(phone, "Laskar Pelangi").getByRole("button", { name: "Ubah" }).tap();
    await phone.locator("#form[open]").waitFor();
    assert.ok(!(await isTooWide(phone)), `the form at ${viewport.width}`);
    await picture(phone, `phone-${viewport.width}-form`);
    await phone.locator("#form").getByRole("button", { name: "Batal" }).tap();
    await row(phone, "Laskar Pelangi").scrollIntoViewIfNeeded();
    await picture(phone, `phone-${viewport.width}`);
    for (const path of [`books/${id}`, "nowhere"]) {
      await phone.goto(server.url + path);
      assert.ok(!(await isTooWide(phone)), `${path} at ${viewport.width}`);
      await picture(phone, `phone-${viewport.width}-${path.split("/")[0]}`);
    }
    assert.deepEqual(phone.complaints.filter((complaint) => !complaint.includes("404")), []);
  }
  await server.ask("DELETE", `/books/${id}`);
});

test("without scripts lists, pages, orders and filters work", async () => {
  const page = await look(browser, server.url, { javaScriptEnabled: false });
  await page.locator("noscript p").filter({ hasText: "Without JavaScript you can read" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Add|Edit|Delete/ }).count(), 0, "no button that does nothing");
  await picture(page, "without-scripts");
  await page.getByRole("link", { name: "Year" }).click();
  assert.equal(await page.locator("#books tbody th").first().innerText(), "Pride and Prejudice");
  await page.locator("#filter summary").click();
  await page.locator("#filter").getByLabel("Publisher").fill("balai pustaka");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("4 books match the filter").waitFor();
  assert.equal(await page.locator("#books tbody th").first().innerText(), "Habis Gelap Terbitlah Terang", "the order is kept");
  await page.getByRole("link", { name: "Sitti Nurbaya" }).click();
  await page.getByText("Marah Rusli").waitFor();
  await page.getByRole("link", { name: "Bahasa Indonesia" }).click();
  await page.locator("#book").getByText("Penerbit").waitFor();
});

test("markup in a title shows as text, in every place", async () => {
  const page = await look(browser, server.url);
  const [{ id }] = await server.add({ title: HOSTILE, author: HOSTILE, extra: { a: HOSTILE } });
  await row(page, HOSTILE).waitFor();
  await row(page, HOSTILE).getByRole("button", { name: "Edit" }).click();
  const form = page.locator("#form[open]");
  await form.getByLabel("Author").fill("x");
  await server.ask("PATCH", `/books/${id}`, { author: `${HOSTILE}!` });
  await form.getByRole("group", { name: "Author" }).getByText(`${HOSTILE}!`).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Throw away" }).click();
  await row(page, HOSTILE).getByRole("button", { name: "Delete" }).click();
  await page.locator("#delete[open]").getByText(`${HOSTILE}!`).waitFor();
  await page.keyboard.press("Escape");
  await page.goto(`${server.url}books/${id}`);
  await live(page);
  await server.ask("PATCH", `/books/${id}`, { publisher: HOSTILE });
  await page.locator("[data-field=publisher]").getByText(HOSTILE).waitFor();
  assert.equal(await page.evaluate(() => window.wasHacked), undefined);
  assert.deepEqual(page.complaints, []);
  await server.ask("DELETE", `/books/${id}`);
});

test("dark screens get dark pages", async () => {
  const page = await look(browser, server.url, { colorScheme: "dark" });
  const [red, green, blue] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(red + green + blue < 150, "the paper is dark");
  await row(page, "Laskar Pelangi").getByRole("button", { name: "Edit" }).click();
  await page.locator("#form[open]").waitFor();
  await picture(page, "dark-form");
  await page.keyboard.press("Escape");
  await page.locator("#form[open]").waitFor({ state: "hidden" });
  await picture(page, "dark");
});
