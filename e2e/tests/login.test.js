/** Logging in and out: with keys alone, in several windows, while something is being typed, without scripts, under TLS. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, another, isTooWide, launch, live, logIn, look, picture, row } from "./fixture.js";

let browser;
let server;
let shop;
let secure;
/** Names are never given twice. */
let made = 0;

before(async () => {
  [browser, server, shop, secure] = await Promise.all([
    launch(), Server.startGuarded(), Server.startGuarded("--public-read"), Server.startSecureGuarded(),
  ]);
  await Promise.all([server, shop].map((one) => one.add({ title: "Saman", author: "Ayu Utami" })));
});
after(() => Promise.all([browser.close(), server.stop(), shop.stop(), secure.stop()]));

/** A new token: its name and itself. */
async function key(role, lasts, at = server) {
  const name = `${role}-${++made}`;
  return { name, token: await at.token(role, name, lasts) };
}

/** A window in which somebody of that role has logged in. */
async function loggedIn(role, { lasts, at = server, path = "", ...options } = {}) {
  const page = await look(browser, `${at.url}login?next=/${path}`, options);
  // Now, for it may not last.
  const { name, token } = await key(role, lasts, at);
  await logIn(page, token);
  page.login = name;
  return page;
}

const whoIsIn = (page) => page.locator("header .session .name").innerText();
const atLogin = (page) => page.waitForURL(/\/login\?ended=/);

/** Which parts of the header lie over others, or are not to be seen. */
function covered() {
  const parts = [...document.querySelectorAll("header .brand, header .name, header .session button, header .languages a")];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const isHit = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const isCovered = (box, n) => box.width < 20 || boxes.some((other, m) => m !== n && isHit(box, other));
  return parts.filter((part, n) => isCovered(boxes[n], n)).map((part) => part.textContent);
}

test("somebody logs in with keys alone and comes to the page that was asked for", async () => {
  const { name, token } = await key("editor");
  const page = await look(browser, `${server.url}books/1?from=link`);
  assert.equal(new URL(page.url()).search, "?next=%2Fbooks%2F1%3Ffrom%3Dlink");
  const field = page.getByLabel("Token");
  assert.ok(await field.evaluate((input) => input === document.activeElement), "the field has the focus");
  assert.equal(await field.getAttribute("autocomplete"), "current-password");
  await picture(page, "login");
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/books/1?from=link");
  await live(page);
  assert.equal(await whoIsIn(page), name);
  await page.getByRole("button", { name: "Edit" }).waitFor();
  await picture(page, "login-editor");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a wrong token is told beside the field, in the reader's language, and not repeated", async () => {
  for (const [locale, label, button, text] of [
    ["en-GB", "Token", "Log in", /^This token is not good/], ["id-ID", "Token", "Masuk", /^Token ini tidak berlaku/],
  ]) {
    const page = await look(browser, `${server.url}login?next=/books/1`, { locale, colorScheme: "dark" });
    await page.getByLabel(label).fill("bks_wrong");
    await page.getByRole("button", { name: button }).click();
    const field = page.getByLabel(label).and(page.locator("[aria-invalid=true]"));
    await field.waitFor();
    const described = await field.evaluate((input) =>
      input.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).innerText));
    assert.match(described[0], text);
    assert.equal(described.length, 2, "and what a token is");
    assert.equal(await field.inputValue(), "");
    assert.ok(await field.evaluate((input) => input === document.activeElement));
    await picture(page, `login-wrong-${locale}`);
    await page.context().close();
  }
});

test("a phone shows who is logged in, and nothing is wider than its screen", async () => {
  for (const locale of ["en-GB", "id-ID"]) {
    const { token } = await key("editor");
    const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, locale };
    const page = await look(browser, server.url, phone);
    assert.ok(!(await isTooWide(page)));
    await picture(page, `login-phone-${locale}`);
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.locator("#link").waitFor();
    for (const width of [320, 360, 700]) {
      await page.setViewportSize({ width, height: 740 });
      assert.ok(!(await isTooWide(page)), `${width}`);
      assert.deepEqual(await page.evaluate(covered), [], `${width}`);
      await picture(page, `login-phone-${locale}-${width}-home`);
    }
    await page.context().close();
  }
});

test("who may only look sees nothing to edit with, no key for it, and can log out", async () => {
  const page = await loggedIn("reader");
  await row(page, "Saman").waitFor();
  assert.equal(await page.getByRole("button", { name: /Add|Edit|Delete/ }).count(), 0);
  assert.equal(await page.getByText("add a book").count(), 0);
  await picture(page, "login-reader");
  await page.keyboard.press("n");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.getByRole("link", { name: "Saman" }).click();
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  assert.equal(await page.getByRole("button", { name: /Edit|Delete/ }).count(), 0);
  await picture(page, "login-reader-book");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await page.goBack();
  await page.getByLabel("Token").waitFor();
  assert.equal(await page.getByText("Saman").count(), 0, "“back” shows nothing to who comes next");
  await page.context().close();
});

test("in a public shop everybody reads, and who logs in comes back to the same book", async () => {
  const { token, name } = await key("editor", undefined, shop);
  const page = await look(browser, shop.url);
  await row(page, "Saman").waitFor();
  assert.equal(await page.getByRole("button", { name: /Add|Edit|Delete/ }).count(), 0);
  await picture(page, "login-public");
  await page.getByRole("link", { name: "Saman" }).click();
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  await page.getByRole("link", { name: "Log in" }).click();
  await page.getByRole("link", { name: "Go on without logging in" }).waitFor();
  await picture(page, "login-public-login");
  await logIn(page, token);
  assert.equal(new URL(page.url()).pathname, "/books/1");
  await page.getByRole("button", { name: "Edit" }).waitFor();

  await shop.revoke(name);
  await atLogin(page);
  await page.getByText("You are no longer logged in").waitFor();
  await page.getByRole("link", { name: "Go on without logging in" }).click();
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  await page.getByRole("link", { name: "Log in" }).waitFor();
  await page.context().close();
});

test("a page whose token is revoked or expires leads to the login, which says so and leads back", async () => {
  const expired = await loggedIn("reader", { path: "books/1", lasts: 10 });
  const revoked = await loggedIn("reader", { path: "books/1" });
  await server.revoke(revoked.login);
  for (const page of [revoked, expired]) {
    await atLogin(page);
    await page.getByText("You are no longer logged in. Log in to go on.").waitFor();
    await picture(page, "login-ended");
    await logIn(page, (await key("reader")).token);
    assert.equal(new URL(page.url()).pathname, "/books/1");
    await page.context().close();
  }
});

test("a page whose login ended while the link was cut leads to the login too", async () => {
  const here = await Server.startGuarded();
  const page = await loggedIn("reader", { at: here });
  await here.kill();
  await page.locator('#link[data-state="off"]').waitFor();
  await here.restart();
  await live(page);
  await here.kill();
  await page.locator('#link[data-state="off"]').waitFor();
  await here.command("token", "revoke", page.login);
  await here.restart();
  await atLogin(page);
  await page.context().close();
  await here.stop();
});

test("what is being typed outlives the login and is saved after another one", async () => {
  const page = await loggedIn("editor");
  await page.getByRole("button", { name: "Add book" }).click();
  const form = page.locator("#form[open]");
  await form.getByLabel("Title").fill("Belenggu");
  await server.revoke(page.login);
  await form.getByText("You are no longer logged in. What you typed is kept here").waitFor();
  await page.locator('#link[data-state="off"]').getByText("Logged out").waitFor();
  await picture(page, "login-typing");

  const opened = page.context().waitForEvent("page");
  await form.getByRole("link", { name: "Log in" }).click();
  const { name, token } = await key("editor");
  const other = await opened;
  await logIn(other, token);
  await form.getByText(`You are logged in again, as ${name}.`).waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  await row(other, "Belenggu").waitFor();
  // Made anew once nothing is typed any more: the other login may have another role.
  await page.locator("header .session").getByText(name).waitFor();
  await live(page);
  await page.context().close();
});

test("the page says a minute before that its login ends, and goes on after another one", async () => {
  const page = await loggedIn("editor", { lasts: 40 });
  const notice = page.locator("#expiring");
  await notice.getByText("Your login ends at").waitFor();
  await picture(page, "login-expiring");
  const opened = page.context().waitForEvent("page");
  await notice.getByRole("link", { name: "Log in" }).click();
  const other = await opened;
  await other.getByText(`The login of ${page.login} ends soon.`).waitFor();
  await picture(other, "login-ends-soon");
  const { name, token } = await key("editor");
  await logIn(other, token);
  await page.locator("header .session").getByText(name).waitFor();
  await live(page);
  assert.ok(await notice.isHidden());
  await page.context().close();
});

test("logging out in one window ends the others, and logging in again brings them back with what they had to save", async () => {
  const page = await loggedIn("editor");
  const [list, book] = [await another(page, server.url), await another(page, `${server.url}books/1`)];
  await list.getByRole("button", { name: "Add book" }).click();
  await list.locator("#form[open]").getByLabel("Title").fill("Salah Asuhan");
  await page.getByRole("button", { name: "Log out" }).click();
  await atLogin(book);
  await list.locator("#form[open]").getByText("What you typed is kept here").waitFor();
  await list.locator("#form[open]").getByRole("button", { name: "Save" }).click();
  assert.ok(await list.locator("#form[open]").getByText("What you typed is kept here").isVisible());

  await logIn(page, (await key("editor")).token);
  await book.getByRole("heading", { name: "Saman" }).waitFor();
  await list.locator("#form").waitFor({ state: "hidden" });
  await row(page, "Salah Asuhan").waitFor();
  assert.equal((await server.ask("GET", "/books?title=Salah+Asuhan")).length, 1);
  await page.context().close();
});

test("who follows a link from another site is logged in all the same", async () => {
  const page = await loggedIn("reader");
  const list = await another(page, server.url);
  await list.evaluate(() => (window.isSame = true));
  const link = `<a href="${server.url}books/1">Saman</a>`;
  await page.route("http://elsewhere.example/", (route) => route.fulfill({ contentType: "text/html", body: link }));
  await page.goto("http://elsewhere.example/");
  await page.getByRole("link", { name: "Saman" }).click();
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  await live(page);
  assert.ok(await list.evaluate(() => window.isSame), "the other windows took no notice");
  await page.context().close();
});

test("without scripts people log in, read and log out", async () => {
  const { name, token } = await key("reader");
  const page = await look(browser, `${server.url}books/1`, { javaScriptEnabled: false });
  assert.equal(await page.locator("noscript p").count(), 0, "logging in needs none");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Saman" }).waitFor();
  await server.revoke(name);
  await page.getByRole("link", { name: "All books" }).click();
  await page.getByText("You are no longer logged in").waitFor();
  await page.getByLabel("Token").fill((await key("reader")).token);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Saman" }).waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await page.goBack();
  assert.equal(await page.getByText("Saman").count(), 0, "“back” shows nothing to who comes next");
  await page.getByLabel("Token").waitFor();
  await page.context().close();
});

test("under TLS the cookie never goes another way, and the page is live with it", async () => {
  const page = await look(browser, secure.url, { ignoreHTTPSErrors: true });
  await logIn(page, secure.key);
  assert.equal(await whoIsIn(page), "owner");
  const [cookie] = await page.context().cookies();
  const { name, httpOnly, sameSite } = cookie;
  assert.deepEqual([name, httpOnly, sameSite, cookie.secure], ["__Host-bookstore_session", true, "Strict", true]);
  await page.getByRole("button", { name: "Add book" }).click();
  await page.locator("#form[open]").getByLabel("Title").fill("Layar Terkembang");
  await page.getByRole("button", { name: "Save" }).click();
  await row(page, "Layar Terkembang").waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("after too many wrong tokens the page says how long to wait, and a right one is let in", async () => {
  const page = await look(browser, shop.url + "login");
  const wrong = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"token":"wrong"}' };
  for (let n = 0; n < 22; n++) await fetch(`${shop.url}login`, wrong);
  await page.getByLabel("Token").fill("bks_wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").getByText(/^Too many attempts failed. Try again in \d+ s\.$/).waitFor();
  await picture(page, "login-wait");
  await logIn(page, (await key("reader", undefined, shop)).token);
  await page.context().close();
});
