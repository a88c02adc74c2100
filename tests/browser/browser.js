// Headless Chromium, and what it has to say against a page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };
/** What A4 leaves between margins of a centimetre, in CSS pixels. */
export const PAPER = { width: 718, height: 1047 };

/** Starts the browser, which speaks to nobody of its own accord. */
export function start(executablePath) {
  const args = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ];
  return chromium.launch({ executablePath, args });
}

/** Opens a page as a file, without JavaScript unless it is asked for; `noise` is what the page should not have done. */
export async function open(browser, file, { viewport = DESKTOP, colorScheme = "light", media = "screen", scripts = false } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled: scripts });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const noise = [];
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { noise.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== address) noise.push(`request: ${request.url()}`); });
  await page.emulateMedia({ media, colorScheme });
  await page.goto(address, { waitUntil: "load" });
  return { page, noise, close: () => context.close() };
}

/** The faults that axe-core finds, by rule, with the elements; in a page that was opened with scripts. */
export async function accessibilityFaults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** What is wider than the page; on paper, where nothing scrolls, also what is wider than the box that it stands in. */
export function tooWide(page, { paper = false } = {}) {
  return page.evaluate((paper) => {
    const root = document.documentElement;
    const wide = [];
    if (root.scrollWidth > root.clientWidth) wide.push(`page: ${root.scrollWidth} > ${root.clientWidth}`);
    for (const element of document.body.querySelectorAll("*")) {
      const scrolls = element.closest("pre, .scroll");
      const box = element.getBoundingClientRect();
      const name = `${element.tagName}.${element.className}: ${element.textContent.slice(0, 60)}`;
      if (box.right > root.clientWidth + 1 && (paper || !scrolls)) wide.push(name);
      if (paper && element === scrolls && element.scrollWidth > element.clientWidth + 1) wide.push(`scrolls: ${name}`);
    }
    return wide;
  }, paper);
}

/** The text that a reader sees. */
export function visibleText(page) {
  return page.evaluate(() => document.body.innerText.replaceAll(/\s+/g, " "));
}
