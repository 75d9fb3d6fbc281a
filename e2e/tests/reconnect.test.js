/** Servers stop and links break: pages say so, come back by themselves and have missed nothing. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, isSame, launch, look, picture, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

test("a page outlives the server's sudden end and goes on where it stood", async () => {
  await server.add({ title: "Max Havelaar", author: "Multatuli" });
  const page = await look(browser, server.url);
  const subscribed = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => payload.includes("books.subscribe") && subscribed.push(JSON.parse(payload).params)),
  );

  await server.kill();
  await page.getByText("No connection to the server.").waitFor();
  await page.getByText("Reconnecting…").waitFor();
  await picture(page, "lost");
  assert.ok(await row(page, "Max Havelaar").isVisible(), "what was read stays readable");

  await server.restart();
  await server.add({ title: "Sitti Nurbaya", author: "Marah Rusli" });
  await row(page, "Sitti Nurbaya").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  assert.ok(await row(page, "Max Havelaar").isVisible());
  assert.ok(await page.locator("#lost").isHidden());
  assert.equal(subscribed.at(-1).since, 1, "it goes on from the last revision it saw");
  assert.ok(await isSame(page));
});

test("what is saved while the link is cut is kept, sent once it is back, and carried out once", async () => {
  const page = await look(browser, server.url);
  await page.getByRole("button", { name: "Add book" }).click();
  const form = page.locator("#form[open]");
  await form.getByLabel("Title").fill("Habis Gelap Terbitlah Terang");
  await server.kill();
  await page.locator('#link[data-state="off"]').waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("No connection. What you typed is kept here").waitFor();
  await picture(page, "waiting");
  await server.restart();
  await form.waitFor({ state: "hidden" });
  await row(page, "Habis Gelap Terbitlah Terang").waitFor();
  assert.equal((await server.ask("GET", "/books?title=Habis+Gelap+Terbitlah+Terang")).length, 1);
});

test("a link that went silent counts as cut", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.clock.install();
  let isSilent = false;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const connected = socket.connectToServer();
    connected.onMessage((message) => isSilent || socket.send(message));
  });
  await page.goto(server.url);
  await page.getByText("Live", { exact: true }).waitFor();
  isSilent = true;
  await page.clock.fastForward(31_000);
  await page.getByText("Reconnecting…").waitFor();
  isSilent = false;
  await page.clock.fastForward(1_000);
  await page.getByText("Live", { exact: true }).waitFor();
  await context.close();
});

test("a page shown again after going back goes on from where it stood", async () => {
  const page = await look(browser, server.url);
  const [{ id }] = await server.add({ title: "Azab dan Sengsara" });
  await row(page, "Azab dan Sengsara").getByRole("link").click();
  await page.getByRole("heading", { name: "Azab dan Sengsara" }).waitFor();
  await server.ask("PATCH", `/books/${id}`, { shelf: "Q-1" });
  await page.goBack();
  await row(page, "Azab dan Sengsara").getByText("Q-1").waitFor();
  await page.locator('#link[data-state="on"]').waitFor();
});
