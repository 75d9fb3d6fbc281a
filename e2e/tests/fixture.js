/** A real server on a directory of its own, and real browsers to look at it. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { chromium } from "playwright-core";

const BINARY = resolve(process.env.BOOKSTORE_BINARY ?? "../target/release/bookstore");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const OUTPUT = resolve("output");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
/** How long anything waited for may take. */
const PATIENCE_MS = 10_000;

/** A running `bookstore serve`. */
export class Server {
  /** Starts one on a new directory. */
  static async start() {
    const server = new Server(await mkdtemp(join(tmpdir(), "bookstore-e2e-")));
    await server.run("127.0.0.1:0");
    return server;
  }

  /** Starts one that wants tokens; whoever asks through it is admin. */
  static async startGuarded(...options) {
    const server = new Server(await mkdtemp(join(tmpdir(), "bookstore-e2e-")), options);
    await server.guard();
    await server.run("127.0.0.1:0");
    return server;
  }

  /** Starts one that speaks TLS, with a certificate that nobody vouches for. */
  static async startSecure() {
    const server = await Server.secure();
    await server.run("127.0.0.1:0");
    return server;
  }

  /** Starts one that speaks TLS and wants tokens. */
  static async startSecureGuarded() {
    const server = await Server.secure();
    await server.guard();
    await server.run("127.0.0.1:0");
    return server;
  }

  static async secure() {
    const data = await mkdtemp(join(tmpdir(), "bookstore-e2e-"));
    const [certificate, key] = [join(data, "cert.pem"), join(data, "key.pem")];
    const pair = ["-keyout", key, "-out", certificate, "-subj", "/CN=localhost"];
    await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...pair]);
    return new Server(data, ["--tls-cert", certificate, "--tls-key", key]);
  }

  constructor(data, options = []) {
    this.data = data;
    this.options = options;
  }

  /** Makes the first token. */
  async guard() {
    this.key = await this.command("token", "create", "--role", "admin", "--name", "owner");
  }

  /** Runs another command on its directory; answers what that prints. */
  async command(...line) {
    const { stdout } = await promisify(execFile)(BINARY, [...line, "--data", this.data]);
    return stdout.trim();
  }

  /** Makes a token while the server runs; it lasts so many seconds, or without end. */
  async token(role, name, expires_in) {
    return (await this.ask("POST", "/tokens", { role, name, expires_in })).token;
  }

  /** Ends a token. */
  revoke(name) {
    return this.ask("DELETE", `/tokens/${name}`);
  }

  /** Runs the program and waits for the line that says where it listens. */
  async run(listen) {
    const line = ["serve", "--listen", listen, "--data", this.data, ...this.options];
    this.process = spawn(BINARY, line, { stdio: ["ignore", "pipe", "inherit"] });
    this.ended = once(this.process, "exit");
    for await (const line of createInterface({ input: this.process.stdout })) {
      const url = /https?:\/\/\S+/.exec(line);
      if (url) {
        this.url = url[0];
        return;
      }
    }
    throw new Error("the server ended before it listened");
  }

  /** Ends it without warning, as a power cut does. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** Starts it again where it was. */
  async restart() {
    await this.run(new URL(this.url).host);
  }

  async stop() {
    this.process.kill("SIGTERM");
    await this.ended;
    await rm(this.data, { recursive: true, force: true });
  }

  /** Asks over HTTP, as another program would. */
  async ask(method, path, body, headers = {}) {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: { "Content-Type": "application/json", ...(this.key && { Authorization: `Bearer ${this.key}` }), ...headers },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  /** Puts books in, in this order; answers them. */
  async add(...books) {
    const added = [];
    for (const book of books) added.push(await this.ask("POST", "/books", book));
    return added;
  }
}

/** Starts the browser once for a file of tests. */
export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/**
 * Opens a page as one person would see it: nothing shared with other windows. Whatever the browser complains of is kept
 * in `complaints`. A page that `isDeaf` does not hear of changes.
 */
export async function look(browser, url, { isDeaf, ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  if (isDeaf) await page.routeWebSocket(/\/ws$/, deafen);
  await page.goto(String(url));
  if (options.javaScriptEnabled !== false) await live(page);
  // A reload would forget this.
  if (options.javaScriptEnabled !== false) await page.evaluate(() => (window.isSame = true));
  return page;
}

function deafen(socket) {
  socket.connectToServer().onMessage((message) => message.includes('"type":"change"') || socket.send(message));
}

/** Whether a page was never loaded anew since it was looked at. */
export const isSame = (page) => page.evaluate(() => window.isSame === true);

/** Logs in on the page on which people do, and waits for what comes after it. */
export async function logIn(page, token) {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator("#link").waitFor();
  await live(page);
}

/** Another window of the same browser. */
export async function another(page, url) {
  const window = await page.context().newPage();
  await window.goto(String(url));
  await live(window);
  return window;
}

/** Waits until a page says that it is live; pages that are never live are not waited for. */
export async function live(page) {
  if (await page.locator("#link").count()) await page.locator('#link[data-state="on"]').waitFor();
}

/** The row of a book by its title. */
export const row = (page, title) => page.locator("#books tbody tr").filter({ has: page.getByRole("link", { name: title, exact: true }) });

/** Keeps a picture in `output`. */
export async function picture(page, name) {
  await mkdir(OUTPUT, { recursive: true });
  await page.screenshot({ path: join(OUTPUT, `${name}.png`), animations: "disabled" });
}

/** Whether the page is wider than its window. */
export const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
