// The HTML report in a real browser: readable without scripts, silent, accessible, as wide as its screen, good on paper.
// STC_CHECK is the program, CHROMIUM the browser; pictures of what was seen are kept in STC_CHECK_SCREENSHOTS.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { accessibilityFaults, DESKTOP, open, PAPER, PHONE, start, tooWide, visibleText } from "./browser.js";
import { pages, several } from "./inputs.js";

const folder = process.env.STC_CHECK_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), "stc-check-pages-"));
mkdirSync(folder, { recursive: true });
const all = pages(process.env.STC_CHECK, folder);

let browser;
before(async () => { browser = await start(process.env.CHROMIUM); });
after(async () => {
  await browser?.close();
  console.log(`pages and pictures: ${folder}`);
});

/** Opens a page, does something with it, and sees that it made no noise. */
async function seen(page, how, what) {
  const { page: opened, noise, close } = await open(browser, page, how);
  try {
    await what(opened);
    assert.deepEqual(noise, []);
  } finally {
    await close();
  }
}

const picture = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, timeout: 120_000 });

const SCREENS = [["phone", PHONE, "light"], ["desktop", DESKTOP, "light"], ["desktop-dark", DESKTOP, "dark"]];

for (const { name, page, verdict, checks } of all) {
  test(`${name}: everything can be read without scripts, and scripts change nothing`, async () => {
    const texts = [];
    for (const scripts of [false, true]) {
      await seen(page, { scripts }, async (opened) => texts.push(await visibleText(opened)));
    }
    const [text, withScripts] = texts;
    assert.equal(withScripts, text);
    assert.match(text, new RegExp(`^\\S ${verdict}: `));
    for (const { id, status, headline } of checks) {
      const line = `${status} ${id} ${headline.replaceAll("`", "").replaceAll(/\s+/g, " ")}`;
      assert.ok(text.includes(line), `not to be seen: ${line}`);
    }
    for (const command of checks.flatMap(({ fix }) => fix?.commands ?? [])) {
      assert.ok(text.includes(command.replaceAll(/\s+/g, " ")), `not to be seen: ${command}`);
    }
  });

  test(`${name}: no accessibility fault, nothing wider than the screen`, async () => {
    for (const [screen, viewport, colorScheme] of SCREENS) {
      await seen(page, { viewport, colorScheme, scripts: true }, async (opened) => {
        await picture(opened, `${name}-${screen}`);
        assert.deepEqual(await tooWide(opened), [], screen);
        assert.deepEqual(await accessibilityFaults(opened), [], screen);
      });
    }
  });

  test(`${name}: on paper nothing is cut off or folded away`, async () => {
    await seen(page, { viewport: PAPER, media: "print", colorScheme: "dark" }, async (opened) => {
      await picture(opened, `${name}-paper`);
      await opened.pdf({ path: join(folder, `${name}.pdf`), format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
      assert.deepEqual(await tooWide(opened, { paper: true }), []);
      const folded = await opened.evaluate(() => [...document.querySelectorAll("details > *")].filter((one) => !one.checkVisibility()).length);
      assert.equal(folded, 0, "folded away");
      const ground = await opened.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground, "rgb(255, 255, 255)", "paper is white in dark mode too");
    });
  });
}

test("several buckets: each under its name, no accessibility fault, nothing wider than the screen", async () => {
  const page = several(process.env.STC_CHECK, folder);
  for (const [screen, viewport, colorScheme] of SCREENS) {
    await seen(page, { viewport, colorScheme, scripts: true }, async (opened) => {
      await picture(opened, `several-${screen}`);
      const text = await visibleText(opened);
      for (const number of [0, 1, 2]) assert.ok(text.includes(`acme-exports-${number}`), text.slice(0, 500));
      assert.deepEqual(await tooWide(opened), [], screen);
      assert.deepEqual(await accessibilityFaults(opened), [], screen);
    });
  }
});

test("a page with faults is caught at each of them", async () => {
  const page = join(folder, "faulty.html");
  const body = `<img src="http://127.0.0.1:9/x.png"><p style="color: #ccc; background: #fff; width: 3000px">faint and wide</p>
    <script>console.error("noise")</script>`;
  writeFileSync(page, `<!doctype html><html><title>faulty</title><body>${body}</body></html>`);
  const { page: opened, noise, close } = await open(browser, page, { scripts: true });
  assert.ok(noise.some((one) => one.startsWith("request: http://127.0.0.1:9/")), noise.join());
  assert.ok(noise.includes("console: noise"), noise.join());
  const faults = (await accessibilityFaults(opened)).join();
  for (const rule of ["color-contrast", "html-has-lang", "image-alt"]) assert.ok(faults.includes(rule), faults);
  assert.ok((await tooWide(opened)).length > 0);
  await close();
});
