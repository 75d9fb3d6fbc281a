/** Takes the picture of the README: `npm run picture` writes docs/home.png. */

import { BOOKS } from "./tests/books.js";
import { Server, launch, look, row } from "./tests/fixture.js";

const [server, browser] = await Promise.all([Server.start(), launch()]);
try {
  const books = await server.add(...BOOKS);
  const page = await look(browser, server.url, { viewport: { width: 1200, height: 720 } });
  const { id } = books.find(({ title }) => title === "Laskar Pelangi");
  await server.ask("PATCH", `/books/${id}`, { stock: 11 });
  await row(page, "Laskar Pelangi").locator("td.changed-now").waitFor();
  await page.screenshot({ path: "../docs/home.png", animations: "disabled" });
} finally {
  await Promise.all([browser.close(), server.stop()]);
}
