/** Under TLS: the browser speaks HTTP/2, and its WebSocket is a stream of the same connection (RFC 8441). */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, launch, look, row } from "./fixture.js";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.startSecure()]);
});
after(() => Promise.all([browser.close(), server.stop()]));

test("a page is live over HTTP/2", async () => {
  const [sari, budi] = await Promise.all([1, 2].map(() => look(browser, server.url, { ignoreHTTPSErrors: true })));
  await sari.getByRole("button", { name: "Add book" }).click();
  const form = sari.getByRole("dialog", { name: "Add a book" });
  await form.getByLabel("Title").fill("Saman");
  await form.getByRole("button", { name: "Save" }).click();
  await row(budi, "Saman").waitFor();

  const protocol = () => performance.getEntriesByType("navigation")[0].nextHopProtocol;
  assert.equal(await budi.evaluate(protocol), "h2");
  const metrics = await budi.evaluate(async () => (await fetch("/metrics")).text());
  assert.match(metrics, /door="WebSocket",status="200"} 2\n/, "200 where HTTP/1.1 answers 101");
  assert.doesNotMatch(metrics, /door="WebSocket",status="101"/);
  assert.deepEqual([...sari.complaints, ...budi.complaints], []);
});
