/** The disk is full: the page says that nothing can be saved, keeps what was typed, and says when it can be again. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { Server, launch, look, picture, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

/** Files of the server's may not grow beyond so many bytes: to the journal, a full disk. */
const limit = (bytes) => execFileSync("prlimit", [`--pid=${server.process.pid}`, `--fsize=${bytes}:`]);

test("while the disk is full the page says so, and what was typed is saved once there is room", async () => {
  await server.add({ title: "Max Havelaar", author: "Multatuli" });
  const page = await look(browser, server.url);
  const notice = page.locator("#unsaved");
  assert.ok(await notice.isHidden());
  limit(100);
  await page.getByRole("button", { name: "Add book" }).click();
  const form = page.locator("#form[open]");
  await form.getByLabel("Title").fill("Sitti Nurbaya");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Not saved: the server cannot save anything at the moment.").waitFor();
  await notice.getByText("Nothing can be saved at the moment").waitFor();
  await notice.getByText("Free some space on its disk").waitFor();
  await picture(page, "full");
  assert.ok(await row(page, "Max Havelaar").isVisible(), "everything can be read");

  // Who comes now is told before he types anything, in his language.
  const other = await look(browser, server.url, { locale: "id-ID" });
  await other.getByText("Saat ini tidak ada yang dapat disimpan").waitFor();

  limit("unlimited");
  await notice.waitFor({ state: "hidden" });
  await page.getByText("Saving works again.").waitFor();
  await other.getByText("Sudah dapat menyimpan lagi.").waitFor();
  assert.equal(await form.getByLabel("Title").inputValue(), "Sitti Nurbaya");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "hidden" });
  await row(page, "Sitti Nurbaya").waitFor();
  await row(other, "Sitti Nurbaya").waitFor();
  await Promise.all([page.context().close(), other.context().close()]);
});

test("what was answered “not now” and is saved all the same is not there twice when it is sent again", async () => {
  const page = await look(browser, server.url);
  const sent = [];
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const connected = socket.connectToServer();
    socket.onMessage((message) => {
      if (message.includes("books.create")) sent.push(JSON.parse(message));
      connected.send(message);
    });
    // The first answer gets lost, and another one comes in its place.
    connected.onMessage((message) => {
      const { id } = JSON.parse(message);
      const refused = { code: -32007, message: "a sync failed", data: { type: "unavailable" } };
      const isFirst = sent.length === 1 && id === sent[0].id;
      socket.send(isFirst ? JSON.stringify({ jsonrpc: "2.0", id, error: refused }) : message);
    });
  });
  await page.goto(server.url);
  await page.locator('#link[data-state="on"]').waitFor();
  await page.getByRole("button", { name: "Add book" }).click();
  const form = page.locator("#form[open]");
  await form.getByLabel("Title").fill("Azab dan Sengsara");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Not saved").waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "hidden" });
  assert.equal(sent.length, 2);
  assert.equal(sent[0].params.request_id, sent[1].params.request_id);
  assert.equal((await server.ask("GET", "/books?title=Azab+dan+Sengsara")).length, 1);
  await page.context().close();
});
