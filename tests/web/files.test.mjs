// Files on the page, in a real browser: sent, seen, broken off, given up and refused.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { PATIENCE, accessibility, chart, enter, folder, open, overflowing, pick, picture, say, serve, shows, terminal } from './browser.mjs';

/** Drops or pastes a file, as a browser does. */
const give = (page, event, name, buffer, type) => page.evaluate(([kind, called, base64, mime]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], called, { type: mime }));
  const given = kind === 'paste' ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  /** @type {any} */ (document.querySelector('#box')).dispatchEvent(given);
}, [event, name, buffer.toString('base64'), type]);

/** The link of each call: an upload takes as long as a slow line takes. */
async function slowly(context, page, bytesPerSecond) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  const at = (uploadThroughput) => cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await at(bytesPerSecond);
  return () => at(-1);
}

const cards = (page) => page.locator('.msg .file');

test('pictures that are picked, dropped and pasted are seen by others, and nothing moves when they load', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const alice = await open(server, { name: 'alice' });
    await enter(alice.page, 'lobby');
    const bob = await open(server, { name: 'bob' });
    // Pictures wait until they are let through.
    let letThrough = () => {};
    const gate = new Promise((done) => { letThrough = () => done(undefined); });
    await bob.page.route('**/files/**', async (route) => { await gate; await route.continue(); });
    await enter(bob.page, 'lobby');
    await pick(alice.page, ['picked.png', await chart(alice.page), 'image/png']);
    await bob.page.waitForSelector('img[alt="picked.png"]');
    await give(alice.page, 'dragenter', 'x', Buffer.from(''), '');
    await alice.page.waitForSelector('.dragging .drop');
    await picture(alice.page, 'web-drag');
    await give(alice.page, 'drop', 'tall.png', await chart(alice.page, { width: 300, height: 900 }), 'image/png');
    await bob.page.waitForSelector('img[alt="tall.png"]');
    assert.equal(await alice.page.locator('.dragging').count(), 0);
    await give(alice.page, 'paste', 'pasted.png', await chart(alice.page, { width: 60, height: 40 }), 'image/png');
    await bob.page.waitForSelector('img[alt="pasted.png"]');
    // One of which nobody says how large it is: it comes from a terminal.
    const eve = terminal(server, 'eve');
    eve.says('join room lobby');
    await eve.hears('lobby/server: eve joined');
    const bytes = await chart(alice.page, { width: 640, height: 200 });
    eve.says(`send file room lobby ${bytes.length} unknown.png`);
    const [, token] = await eve.match(/put (\w{26}) within/u);
    assert.equal((await fetch(`${server.url}files/${token}`, { method: 'PUT', body: bytes })).status, 201);
    await bob.page.waitForSelector('img[alt="unknown.png"]');
    await say(alice.page, 'below them all');
    await shows(bob.page, ['below them all']);
    const places = () => bob.page.$$eval('.shot, .msg .text', (all) => all.map((one) => { const { width, height, top } = one.getBoundingClientRect(); return [width, height, top].map(Math.round); }));
    const before = await places();
    letThrough();
    for (const name of ['picked', 'tall', 'pasted', 'unknown']) {
      await bob.page.locator(`img[alt="${name}.png"]`).scrollIntoViewIfNeeded();
      await bob.page.waitForFunction((alt) => { const one = /** @type {any} */ (document.querySelector(`img[alt="${alt}.png"]`)); return one.complete && one.naturalWidth > 0; }, name);
    }
    await bob.page.evaluate(() => { const log = /** @type {any} */ (document.querySelector('[role=log]')); log.scrollTop = log.scrollHeight; });
    assert.deepEqual((await places()).map(([width, height]) => [width, height]), before.map(([width, height]) => [width, height]));
    assert.deepEqual((await places()).at(-1), before.at(-1), 'the last line stands where it stood');
    assert.deepEqual(before.slice(0, 2).map(([width, height]) => [width, height]), [[420, 211], [101, 300]], 'as wide or as high as a picture may be');
    await picture(bob.page, 'web-pictures');
    eve.leave();
    assert.deepEqual([...alice.wrong, ...bob.wrong], []);
    await alice.context.close();
    await bob.context.close();
  } finally { await server.kill(); }
});

test('an upload says how far it is, and one that is given up is seen by nobody and leaves its place to others', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'yuanyuan' });
    const bob = await open(server, { name: 'bob', width: 390, height: 844, locale: 'zh-CN', scheme: 'dark' });
    await enter(page, 'lobby');
    await enter(bob.page, 'lobby');
    const atOnce = await slowly(context, page, 100_000);
    const large = () => randomBytes(2_000_000);
    // Six, of which three go at once: the server would take four.
    await pick(page, ...['课程设计 最终版.zip', 'b.zip', 'c.zip', 'd.zip', 'e.zip', 'f.zip'].map((name) => [name, large()]));
    await page.waitForFunction(() => [...document.querySelectorAll('progress')].filter((bar) => bar.value > 0 && bar.value < bar.max).length === 3);
    assert.match(await cards(page).first().locator('.size').textContent(), /^(\d+ kB|1\.\d MB) of 2\.0 MB$/u);
    assert.equal(await cards(page).last().locator('.size').textContent(), 'Waiting …');
    await picture(page, 'web-upload');
    for (let left = 6; left > 0; left -= 1) {
      await cards(page).first().getByRole('button', { name: 'Cancel' }).click();
      await page.waitForFunction((count) => document.querySelectorAll('.msg .file').length === count, left - 1);
    }
    await atOnce();
    // The places of those that were given up are free once the server knows it.
    await pick(page, ['small.txt', Buffer.from('hello')]);
    await bob.page.locator('.file', { hasText: 'small.txt' }).waitFor();
    await pick(page, ...['1', '2', '3', '4'].map((name) => [`${name}.txt`, Buffer.from(name)]));
    for (const name of ['1', '2', '3', '4']) await bob.page.locator('.file', { hasText: `${name}.txt` }).waitFor();
    assert.deepEqual((await bob.page.locator('.file .name').allTextContents()).sort(), ['1.txt', '2.txt', '3.txt', '4.txt', 'small.txt']);
    assert.equal(await bob.page.locator('.file .size').first().textContent(), '5 B');
    await page.waitForFunction(() => document.querySelectorAll('progress').length === 0);
    assert.equal(await cards(page).count(), 5, 'each once at its sender as well');
    await picture(bob.page, 'web-files-phone');
    assert.deepEqual(bob.wrong, []);
    assert.deepEqual(wrong.filter((line) => !line.includes('503')), []);
    await context.close();
    await bob.context.close();
  } finally { await server.kill(); }
});

test('an upload goes on where it broke off when the server was killed, and the file is told once', { timeout: 4 * PATIENCE }, async () => {
  const store = folder();
  let server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--data', store.at]);
  try {
    const { page, context } = await open(server, { name: 'alice' });
    const bob = await open(server, { name: 'bob' });
    await enter(page, 'lobby');
    await enter(bob.page, 'lobby');
    const offsets = [];
    page.on('request', (request) => { if (request.method() === 'PUT') offsets.push(Number(request.headers()['upload-offset'] ?? 0)); });
    const atOnce = await slowly(context, page, 400_000);
    const bytes = randomBytes(3_000_000);
    await pick(page, ['long.bin', bytes]);
    await page.waitForFunction(() => { const bar = document.querySelector('progress'); return bar && bar.value > 1_000_000; });
    await server.kill();
    await cards(page).locator('.size', { hasText: 'Goes on when the connection is back' }).waitFor();
    assert.equal(await bob.page.locator('.file').count(), 0, 'nobody sees a part of a file');
    server = await server.again();
    await bob.page.locator('.file', { hasText: 'long.bin' }).waitFor();
    await atOnce();
    assert.ok(offsets.length >= 2 && offsets[0] === 0 && offsets.at(-1) > 200_000, `went on at ${offsets}`);
    const url = await bob.page.locator('a.file').getAttribute('href');
    const got = Buffer.from(await (await fetch(new URL(url, server.url))).arrayBuffer());
    assert.equal(createHash('sha256').update(got).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
    for (const one of [page, bob.page]) {
      await one.waitForFunction(() => document.querySelectorAll('progress').length === 0);
      assert.equal(await cards(one).count(), 1);
    }
    await context.close();
    await bob.context.close();
  } finally {
    await server.kill();
    store.remove();
  }
});

test('HTML and SVG are files to save, whatever they are called, and are never shown in the origin of the page', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'mallory' });
    await enter(page, 'lobby');
    const html = Buffer.from('<!doctype html><script>document.title = "run"; fetch("/files/stolen")</script>');
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"/>');
    await pick(page, ['page.html', html, 'text/html'], ['drawing.svg', svg, 'image/svg+xml'], ['lie.png', html, 'image/png']);
    await page.waitForFunction(() => document.querySelectorAll('a.file').length === 3);
    assert.equal(await page.locator('.shot').count(), 0);
    for (const href of await page.locator('a.file').evaluateAll((all) => all.map((one) => /** @type {any} */ (one).href))) {
      const victim = await context.newPage();
      // Whoever opens the address itself is offered a file as well.
      const saved = victim.waitForEvent('download');
      await victim.goto(href).catch(() => {});
      await (await saved).cancel();
      assert.equal(victim.url(), 'about:blank');
      await victim.close();
    }
    assert.deepEqual(wrong, []);
    await context.close();
  } finally { await server.kill(); }
});

test('why a file is not sent is said in words, in English and in Chinese', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--max-file', '100000', '--max-files', '50000']);
  try {
    for (const [locale, tooLarge, full, again] of [['en-US', 'Not sent. It is larger than 100 kB.', 'Not sent. The server has no space left.', 'Send again'], ['zh-CN', '未发送。 文件大于 100 kB。', '未发送。 服务器空间不足。', '重新发送']]) {
      const { page, wrong, context } = await open(server, { name: locale === 'en-US' ? 'alice' : '渊渊', locale });
      await enter(page, 'lobby');
      await pick(page, ['large.iso', Buffer.alloc(100_001)], ['much.iso', Buffer.alloc(60_000)]);
      await page.waitForFunction(() => document.querySelectorAll('.file .bad').length === 2);
      assert.deepEqual(await page.locator('.file .bad').evaluateAll((all) => all.map((one) => one.firstChild?.textContent)), [tooLarge, full]);
      assert.equal(await page.getByRole('button', { name: again }).count(), 1, 'what is too large stays so');
      await page.getByRole('button', { name: again }).click();
      await page.waitForFunction(() => document.querySelectorAll('.file .bad').length === 2);
      await picture(page, `web-refused-${locale}`);
      assert.deepEqual(wrong, []);
      await context.close();
    }
  } finally { await server.kill(); }
});

test('everybody can use files, in both schemes and from 320 to 1920 pixels', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--max-file', '100000']);
  try {
    for (const scheme of ['light', 'dark']) {
      const { page, wrong, context } = await open(server, { name: `eve_${scheme}`, scheme });
      const clean = await accessibility(page, context);
      await enter(page, `room_${scheme}`);
      await slowly(context, page, 1000);
      await pick(page, ['p.png', await chart(page, { width: 84, height: 42 }), 'image/png'], [`${'a long name '.repeat(12)}.pdf`, Buffer.from('x')], ['too large', Buffer.alloc(100_001)], ['under way.zip', Buffer.alloc(90_000)]);
      await page.waitForFunction(() => document.querySelectorAll('.shot').length === 1 && document.querySelectorAll('.file .bad').length === 1 && document.querySelectorAll('a.file').length === 1 && document.querySelectorAll('progress').length === 1);
      await clean(`files, ${scheme}`);
      for (const width of [320, 390, 720, 721, 1020, 1280, 1920]) assert.deepEqual(await overflowing(page, width), [], `${width} pixels`);
      await page.setViewportSize({ width: 390, height: 800 });
      await picture(page, `web-files-${scheme}`);
      assert.deepEqual(wrong, []);
      await context.close();
    }
  } finally { await server.kill(); }
});
