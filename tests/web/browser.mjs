// What the tests of the page share: a browser, a server, people with pages and with terminals. CHATCTL names the program;
// PICTURES a folder for pictures.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const PATIENCE = 60_000;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, timeout: PATIENCE });
after(() => browser.close());

/** A server; `again` starts it where it was. */
export async function serve(listen = '127.0.0.1:0', web = '127.0.0.1:0', flags = []) {
  const child = spawn(process.env.CHATCTL, ['serve', '--listen', listen, '--web', web, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const text = (await lines.next()).value.split(' ').at(-1);
  const door = (await lines.next()).value.split(' ')[3];
  const kill = async () => { if (child.exitCode === null && child.signalCode === null) { child.kill('SIGKILL'); await once(child, 'exit'); } };
  return { url: `http://${door}/`, origin: door, text, kill, again: () => serve(text, door, flags) };
}

/** A page of its own person. `wrong` collects what must not happen: requests elsewhere, messages on the console. */
export async function open(server, { name, width = 1280, height = 800, scheme = 'light', locale = 'en-US' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale, deviceScaleFactor: width < 500 ? 2 : 1 });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  page.on('request', (request) => { if (!request.url().startsWith(server.url) && !request.url().startsWith('blob:')) wrong.push(`request ${request.url()}`); });
  page.on('websocket', (socket) => { if (socket.url() !== `ws://${server.origin}/ws`) wrong.push(`socket ${socket.url()}`); });
  page.on('console', (message) => wrong.push(`console ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error ${error.stack}`));
  await page.goto(server.url);
  if (name) {
    await page.fill('[name=name]', name);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.shell');
  }
  return { page, wrong, context };
}

export async function enter(page, room) {
  const press = page.locator('.side .group button').first();
  await press.click();
  await page.fill('dialog input', room);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#box');
}

export async function say(page, text) {
  await page.fill('#box', text);
  await page.press('#box', 'Enter');
}

export const texts = (page) => page.locator('.msg .text').allTextContents();
/** Waits until the page shows these texts, in this order and once each. */
export async function shows(page, expected) {
  await page.waitForFunction((wanted) => JSON.stringify([...document.querySelectorAll('.msg .text')].map((one) => one.textContent)) === JSON.stringify(wanted), expected, { timeout: PATIENCE })
    .catch(async () => assert.deepEqual(await texts(page), expected));
}

export async function picture(page, name) {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
}

/** A check of what is on the page by axe-core, for a view of this name. */
export async function accessibility(page, context) {
  // A policy that trusts no script made of text lets axe in by the debugger alone.
  const cdp = await context.newCDPSession(page);
  await cdp.send('Runtime.evaluate', { expression: axe });
  return async (view) => {
    const found = await page.evaluate(async () => {
      const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    });
    assert.deepEqual(found, [], view);
  };
}

/** What sticks out of the page to the right, if it is so wide. */
export async function overflowing(page, width) {
  await page.setViewportSize({ width, height: 800 });
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  return page.evaluate(() => [...document.querySelectorAll('body *')].filter((one) => {
    const { width: wide, right } = one.getBoundingClientRect();
    return wide > 0 && right > innerWidth + 1 && !one.closest('pre') && !one.closest('.sr');
  }).map((one) => `${one.tagName}.${one.className}`));
}

/** A folder for a store that goes with the test. */
export function folder() {
  const at = fs.mkdtempSync(path.join(os.tmpdir(), 'chatctl-page-'));
  return { at, remove: () => fs.rmSync(at, { recursive: true, force: true }) };
}

/** A picture of a chart, as a PNG. */
export async function chart(page, { width = 840, height = 420, hue = 215, title = 'delivery p99' } = {}) {
  const base64 = await page.evaluate((of) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: of.width, height: of.height });
    const draw = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    draw.fillStyle = '#fbfaf6';
    draw.fillRect(0, 0, of.width, of.height);
    draw.fillStyle = '#1d1f1e';
    draw.font = '600 18px sans-serif';
    draw.fillText(of.title, 60, 34);
    draw.font = '14px sans-serif';
    for (let i = 0; i <= 5; i += 1) {
      const y = 60 + ((of.height - 110) * i) / 5;
      draw.fillStyle = '#e4e1da';
      draw.fillRect(60, y, of.width - 90, 1);
      draw.fillStyle = '#696e6b';
      draw.fillText(String(60 - i * 12), 24, y + 5);
    }
    for (const [line, color] of [[0.4, `hsl(${of.hue} 55% 52%)`], [0.75, '#1f8579']]) {
      draw.strokeStyle = String(color);
      draw.lineWidth = 3;
      draw.beginPath();
      for (let x = 60; x < of.width - 30; x += 12) draw.lineTo(x, 60 + (of.height - 110) * (Number(line) + Math.sin(x / 37) / 22 + Math.sin(x / 11) / 40));
      draw.stroke();
    }
    return canvas.toDataURL('image/png').split(',')[1];
  }, { width, height, hue, title });
  return Buffer.from(base64, 'base64');
}

/** Picks files for the conversation that is open. */
export const pick = (page, ...files) => page.setInputFiles('.composer input[type=file]', files.map(([name, buffer, mimeType = 'application/octet-stream']) => ({ name, buffer, mimeType })));

/** A person with a terminal: `chatctl interactive` as a pipe. */
export function terminal(server, name, password) {
  const child = spawn(process.env.CHATCTL, ['interactive', '--name', name, server.text], { stdio: ['pipe', 'pipe', 'ignore'], env: password ? { ...process.env, CHATCTL_PASSWORD: password } : process.env });
  const lines = [];
  const waiting = new Set();
  readline.createInterface({ input: child.stdout }).on('line', (line) => { lines.push(line); for (const look of waiting) look(); });
  const hears = (wanted) => new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`${name} waits for ${wanted}, and has heard ${lines.join(' | ')}`)), PATIENCE);
    const look = () => { if (lines.some((line) => (wanted instanceof RegExp ? wanted.test(line) : line === wanted))) { clearTimeout(late); waiting.delete(look); done(); } };
    waiting.add(look);
    look();
  });
  const match = async (pattern) => { await hears(pattern); return lines.map((line) => pattern.exec(line)).find((found) => found); };
  return { lines, hears, match, says: (line) => child.stdin.write(`${line}\n`), leave: () => { child.kill(); } };
}
