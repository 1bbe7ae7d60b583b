// Somebody with the page, for tests that are not about it alone: `node guest.mjs URL NAME ROOM` enters, prints each text that the
// page shows, one a line in JSON, and says each line of its input.
import { once } from 'node:events';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const [url, name, room] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
const page = await browser.newPage();
page.setDefaultTimeout(60_000);
await page.goto(String(url));
await page.fill('[name=name]', String(name));
await page.keyboard.press('Enter');
await page.waitForSelector('.shell');
await page.locator('.side .group button').first().click();
await page.fill('dialog input', String(room));
await page.keyboard.press('Enter');
await page.waitForSelector('#box');
const input = readline.createInterface({ input: process.stdin });
input.on('line', async (line) => {
  await page.fill('#box', line);
  await page.press('#box', 'Enter');
});
const ended = once(input, 'close');
const shown = async () => {
  for (let known = 0; ; ) {
    await page.waitForFunction((count) => document.querySelectorAll('.msg .text').length > count, known, { timeout: 0 });
    const texts = await page.locator('.msg .text').allTextContents();
    for (const text of texts.slice(known)) console.log(JSON.stringify(text));
    known = texts.length;
  }
};
// The page goes when the input ends, whatever it still waits for.
await Promise.race([ended, shown().catch(() => ended)]);
await browser.close();
