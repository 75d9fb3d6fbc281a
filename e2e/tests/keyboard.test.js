/** Without a mouse. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, launch, look, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

/** What has the focus, as a user would call it. */
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText;
  });

/** Presses Tab until `name` has the focus. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if ((await focused(page))?.startsWith(name)) return;
  }
  assert.fail(`Tab never comes to ${name}`);
}

test("a book is added, edited and deleted with keys alone", async () => {
  const page = await look(browser, server.url);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(page, "Add book");
  await page.keyboard.press("Enter");
  assert.match(await focused(page), /^Title/);
  await page.keyboard.type("Ronggeng Dukuh Paruk");
  await tabTo(page, "Author");
  await page.keyboard.type("Ahmad Tohari");
  await tabTo(page, "ISBN");
  // As a scanner does it.
  await page.keyboard.type("9789792201963\n");
  assert.equal(await focused(page), "Edition", "a scanner's Enter goes on to the next field");
  await tabTo(page, "In stock");
  await page.keyboard.type("3\n");
  await row(page, "Ronggeng Dukuh Paruk").waitFor();
  assert.equal(await focused(page), "Add book", "the focus comes back");

  await tabTo(page, "Edit: Ronggeng Dukuh Paruk");
  await page.keyboard.press("Enter");
  await page.locator("#form[open]").waitFor();
  assert.match(await focused(page), /^Title/);
  await tabTo(page, "Shelf");
  await page.keyboard.type("A-2");
  await page.keyboard.press("Control+Enter");
  await row(page, "Ronggeng Dukuh Paruk").getByText("A-2").waitFor();
  assert.equal(await focused(page), "Edit: Ronggeng Dukuh Paruk");

  await tabTo(page, "Delete: Ronggeng Dukuh Paruk");
  await page.keyboard.press("Enter");
  await page.locator("#delete[open]").waitFor();
  assert.equal(await focused(page), "Cancel", "the harmless button is the first");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "Delete: Ronggeng Dukuh Paruk");
  await page.keyboard.press("Enter");
  await page.locator("#delete[open]").waitFor();
  await tabTo(page, "Delete book");
  await page.keyboard.press("Enter");
  await row(page, "Ronggeng Dukuh Paruk").waitFor({ state: "detached" });
  assert.deepEqual(page.complaints, []);
});

test("single keys lead to the filter and the form, but not while typing", async () => {
  const page = await look(browser, server.url);
  await page.keyboard.press("/");
  assert.equal(await focused(page), "Title");
  await page.keyboard.type("n/n");
  assert.equal(await page.locator("#filter-title").inputValue(), "n/n");
  await page.keyboard.press("Enter");
  await page.waitForURL(/title=n%2Fn/);
  await page.locator('#link[data-state="on"]').waitFor();
  await page.keyboard.press("n");
  await page.getByRole("dialog", { name: "Add a book" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Add a book" }).waitFor({ state: "hidden" });
});
