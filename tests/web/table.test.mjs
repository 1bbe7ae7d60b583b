// What the page promises row by row, in a real browser: each test is of one or several rows of its list.
import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { PATIENCE, enter, open, say, serve, shows, terminal, texts } from './browser.mjs';

/** Whether the box of the open conversation has the focus. */
const composerHasFocus = (page) => page.waitForFunction(() => document.activeElement?.id === 'box');
const row = (page, name) => page.locator('.side .row').filter({ has: page.locator('.label', { hasText: new RegExp(`^${name}`, 'u') }) });
/** The last lines of a log of many, as somebody who writes them all in a terminal. */
async function writes(eve, room, from, to) {
  for (let i = from; i <= to; i += 1) eve.says(`send ${room} line ${i}`);
  await eve.hears(`${room}/eve: line ${to}`);
}
const unthrottled = () => serve('127.0.0.1:0', '127.0.0.1:0', ['--message-rate', '0']);

test('links end where they end, code is code, and each message has its own direction', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    const links = [
      ['see https://a.example/x.', ['https://a.example/x']],
      ['(https://a.example/x)', ['https://a.example/x']],
      ['https://a.example/wiki/A_(b), and so on!', ['https://a.example/wiki/A_(b)']],
      ['https://a.example/x?y=1&z[]=2;', ['https://a.example/x?y=1&z[]=2']],
      ['去https://a.example/渊。再去（http://b.example/）！', ['https://a.example/渊', 'http://b.example/']],
      ['"https://a.example/q" <https://b.example/>', ['https://a.example/q', 'https://b.example/']],
      ['https:// http://. ftp://a.example javascript:alert(1) a.example', []],
      ['`https://a.example/code` and ```\nhttps://a.example/block\n```', []],
    ];
    for (const [text] of links) await say(page, String(text));
    await page.waitForFunction((count) => document.querySelectorAll('.msg:not(.sending) .text').length === count, links.length);
    const found = await page.$$eval('.msg .text', (all) => all.map((one) => [...one.querySelectorAll('a')].map((link) => link.getAttribute('href'))));
    assert.deepEqual(found, links.map(([, wanted]) => wanted));
    const rels = await page.$$eval('.msg a', (all) => all.map((one) => `${one.target} ${one.rel}`));
    assert.ok(rels.every((rel) => rel === '_blank noopener noreferrer nofollow'), rels.join());
    assert.deepEqual(await page.locator('.msg code').allTextContents(), ['https://a.example/code', 'https://a.example/block']);
    assert.equal(await page.locator('.msg pre').count(), 1);
    await say(page, 'שלום עולם');
    await page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent === 'שלום עולם');
    const directions = await page.$$eval('.msg .text', (all) => [all[0], all.at(-1)].map((one) => `${one.getAttribute('dir')} ${getComputedStyle(one).direction}`));
    assert.deepEqual(directions, ['auto ltr', 'auto rtl']);
    assert.deepEqual(wrong, []);
    await context.close();
  } finally { await server.kill(); }
});

test('the name is kept for the next visit, a tab is a session of its own, and a name that cannot be had is explained', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    assert.equal(await page.evaluate(() => localStorage.getItem('name')), 'alice');
    assert.match(await page.evaluate(() => sessionStorage.getItem('token') ?? ''), /^\w{26}$/u);
    assert.equal(await page.evaluate(() => localStorage.getItem('token')), null);
    const other = await context.newPage();
    await other.goto(server.url);
    assert.equal(await other.inputValue('[name=name]'), 'alice');
    await other.locator('[name=name]').press('Enter');
    await other.locator('#name-hint.bad', { hasText: 'This name is taken.' }).waitFor();
    await other.fill('[name=name]', 'a b');
    await other.keyboard.press('Enter');
    await other.locator('#name-hint.bad', { hasText: 'This name cannot be used' }).waitFor();
    await other.getByRole('button', { name: '中文' }).click();
    assert.equal(await other.inputValue('[name=name]'), 'a b', 'what was typed stays');
    await other.fill('[name=name]', 'bob');
    await other.keyboard.press('Enter');
    await other.waitForSelector('.shell');
    assert.equal(await page.locator('.strip:not(.hidden)').count(), 0, 'the first one goes on');
    await context.close();
  } finally { await server.kill(); }
});

test('who writes to a person alone is shown with a count, in the title and in the icon, until it is read', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const alice = await open(server, { name: 'alice' });
    const bob = await open(server, { name: 'bob' });
    for (const { page } of [alice, bob]) await enter(page, 'lobby');
    const icon = () => alice.page.getAttribute('link[rel=icon]', 'href');
    assert.match(String(await icon()), /icon\.svg$/u);
    await bob.page.locator('.people .row', { hasText: 'alice' }).click();
    await say(bob.page, 'psst');
    await say(bob.page, 'are you there?');
    await row(alice.page, 'bob').locator('.badge:not(.quiet)', { hasText: '2' }).waitFor();
    await alice.page.waitForFunction(() => document.title.startsWith('(2) #lobby'));
    assert.match(String(await icon()), /icon-unread\.svg$/u);
    await row(alice.page, 'bob').click();
    await shows(alice.page, ['psst', 'are you there?']);
    await alice.page.waitForFunction(() => document.title.startsWith('bob'));
    assert.match(String(await icon()), /icon\.svg$/u);
    await say(alice.page, 'here I am');
    await shows(bob.page, ['psst', 'are you there?', 'here I am']);
    // In a room, a line counts quietly, and one with the own name does not.
    await row(bob.page, 'lobby').click();
    await say(bob.page, 'hello all');
    await row(alice.page, 'lobby').locator('.badge.quiet', { hasText: '1' }).waitFor();
    await say(bob.page, 'alice?');
    await row(alice.page, 'lobby').locator('.badge:not(.quiet)', { hasText: '1' }).waitFor();
    await alice.context.close();
    await bob.context.close();
  } finally { await server.kill(); }
});

test('days are told apart', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await say(page, 'today');
    await shows(page, ['today']);
    const days = () => page.locator('.day').allTextContents();
    assert.deepEqual(await days(), ['Today']);
    const now = Date.now();
    const date = (days, options) => new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', ...options }).format(new Date(now - days * 86_400_000));
    for (const [later, wanted] of [[1, 'Yesterday'], [3, new Date(now).getFullYear() === new Date(now + 3 * 86_400_000).getFullYear() ? date(0, {}) : date(0, { year: 'numeric' })], [800, date(0, { year: 'numeric' })]]) {
      // The same line, seen on a later day.
      await page.clock.setFixedTime(now + Number(later) * 86_400_000);
      await page.reload();
      await page.waitForSelector('.day');
      assert.deepEqual(await days(), [wanted]);
    }
    await context.close();
  } finally { await server.kill(); }
});

test('what was not sent says so, and can be sent again or given up', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    let bob = terminal(server, 'bob');
    await bob.hears("server: let's start chatting!");
    await page.fill('#find', 'bob');
    await row(page, 'bob').waitFor();
    await page.press('#find', 'Enter');
    await page.waitForSelector('#box');
    await say(page, 'hi');
    await bob.hears('alice: hi');
    bob.says('quit');
    await bob.hears('server: bye');
    await say(page, 'are you');
    await say(page, 'still there?');
    await page.locator('.msg .failed', { hasText: 'Not sent. bob is not here.' }).nth(1).waitFor();
    bob = terminal(server, 'bob');
    await bob.hears("server: let's start chatting!");
    await page.locator('.msg', { hasText: 'still there?' }).getByRole('button', { name: 'Send again' }).click();
    await bob.hears('alice: still there?');
    await page.locator('.msg', { hasText: 'are you' }).getByRole('button', { name: 'Discard' }).click();
    await shows(page, ['hi', 'still there?']);
    assert.equal(await page.locator('.failed').count(), 0);
    assert.deepEqual(bob.lines.filter((line) => line.startsWith('alice: ')), ['alice: still there?']);
    bob.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('what is written stays in its conversation, also while the connection is lost, and the strip counts down', { timeout: 3 * PATIENCE }, async () => {
  let server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await page.fill('#box', 'for the lobby');
    await enter(page, 'tea');
    await page.fill('#box', 'for tea');
    await row(page, 'lobby').click();
    assert.equal(await page.inputValue('#box'), 'for the lobby');
    await server.kill();
    await page.locator('.strip', { hasText: /Connection lost\. Trying again in \d+ s …/u }).waitFor();
    assert.equal(await page.inputValue('#box'), 'for the lobby');
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    server = await server.again();
    await page.waitForSelector('.strip.hidden', { state: 'attached' });
    assert.equal(await page.inputValue('#box'), 'for the lobby');
    await row(page, 'tea').click();
    assert.equal(await page.inputValue('#box'), 'for tea');
    await page.press('#box', 'Enter');
    await shows(page, ['for tea']);
    await context.close();
  } finally { await server.kill(); }
});

test('rooms are left, and who is put out of one sees it go', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'alice' });
    const eve = terminal(server, 'eve');
    eve.says('create room den');
    await eve.hears('den/server: eve created the room');
    for (const room of ['den', 'tea']) await enter(page, room);
    await page.getByRole('button', { name: 'Leave this room' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.side .lists .row').length === 1);
    await page.locator('h1', { hasText: 'den' }).waitFor();
    eve.says('kick den alice');
    await page.locator('h1', { hasText: 'Choose a room, or start one.' }).waitFor();
    assert.equal(await page.locator('.side .lists .row').count(), 0);
    eve.says('list members den');
    await eve.hears('server: members of den (1): eve');
    assert.deepEqual(wrong, []);
    eve.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('the log follows its end unless somebody reads further up, and a button leads back', { timeout: 3 * PATIENCE }, async () => {
  const server = await unthrottled();
  try {
    const eve = terminal(server, 'eve');
    eve.says('create room lobby');
    await writes(eve, 'lobby', 1, 100);
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    const last = (text) => page.waitForFunction((wanted) => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent === wanted, text);
    await last('line 100');
    const log = page.locator('[role=log]');
    const fromEnd = () => log.evaluate((one) => Math.round(one.scrollHeight - one.scrollTop - one.clientHeight));
    const scrollTo = (distance) => log.evaluate((one, far) => { one.scrollTop = one.scrollHeight - one.clientHeight - far; }, distance);
    assert.equal(await fromEnd(), 0);
    // Within 80 pixels it is the end still.
    await scrollTo(79);
    await writes(eve, 'lobby', 101, 101);
    await last('line 101');
    assert.equal(await fromEnd(), 0);
    await scrollTo(300);
    await page.waitForSelector('.jump:not(.hidden)');
    await writes(eve, 'lobby', 102, 104);
    await page.getByRole('button', { name: '3 new messages' }).click();
    await last('line 104');
    assert.equal(await fromEnd(), 0);
    await page.waitForSelector('.jump.hidden', { state: 'attached' });
    await composerHasFocus(page);
    await writes(eve, 'lobby', 105, 105);
    await last('line 105');
    assert.equal(await fromEnd(), 0);
    eve.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('at most 200 lines are in the document, wherever one reads', { timeout: 4 * PATIENCE }, async () => {
  const server = await unthrottled();
  try {
    const eve = terminal(server, 'eve');
    eve.says('create room lobby');
    await writes(eve, 'lobby', 1, 10);
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await writes(eve, 'lobby', 11, 450);
    await page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent === 'line 450');
    const shown = () => page.$$eval('.log [data-key]', (all) => [all.length, all.find((one) => one.matches('.msg'))?.querySelector('.text')?.textContent]);
    assert.deepEqual(await shown(), [200, 'line 251']);
    const seen = new Set();
    while ((await texts(page))[0] !== 'line 1') {
      const [count, first] = await shown();
      assert.ok(Number(count) <= 200, `${count} lines`);
      for (const text of await texts(page)) seen.add(text);
      await page.evaluate(() => { /** @type {any} */ (document.querySelector('[role=log]')).scrollTop = 0; });
      await page.waitForFunction((was) => document.querySelector('.msg .text')?.textContent !== was, first);
    }
    for (const text of await texts(page)) seen.add(text);
    assert.equal(seen.size, 450);
    eve.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('everything can be reached by keys, and the box has the focus again afterwards', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    for (const room of ['ale', 'beer', 'cider']) await enter(page, room);
    const isOpen = (room) => page.locator('.title h1', { hasText: room }).waitFor();
    await isOpen('cider');
    await composerHasFocus(page);
    await page.keyboard.press('Alt+ArrowUp');
    await isOpen('beer');
    await composerHasFocus(page);
    await page.keyboard.press('Alt+ArrowDown');
    await page.keyboard.press('Alt+ArrowDown');
    await isOpen('ale');
    const eve = terminal(server, 'eve');
    eve.says('join room cider');
    eve.says('send cider hi');
    await row(page, 'cider').locator('.badge').waitFor();
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await isOpen('cider');
    await page.keyboard.press('Control+k');
    await page.waitForFunction(() => document.activeElement?.id === 'find');
    await page.keyboard.type('bee');
    await page.keyboard.press('Enter');
    await isOpen('beer');
    await composerHasFocus(page);
    // What has no letters of a room: it may be a person who is here, or a new one.
    await page.keyboard.press('Control+k');
    await page.keyboard.type('eve');
    await row(page, 'eve').waitFor();
    await page.keyboard.press('Enter');
    await isOpen('eve');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('zzz');
    await page.keyboard.press('Escape');
    await composerHasFocus(page);
    assert.equal(await page.inputValue('#find'), '');
    for (const name of ['Search', 'Settings']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.waitForSelector(name === 'Search' ? '.found' : 'dialog');
      await page.keyboard.press('Escape');
      await page.waitForSelector(name === 'Search' ? '.found' : 'dialog', { state: 'detached' });
    }
    await page.locator('#box').focus();
    await say(page, 'still here');
    await composerHasFocus(page);
    eve.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('language, theme, sound and notifications are as they were chosen, and stay so', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'alice' });
    await context.grantPermissions(['notifications'], { origin: server.url });
    await context.addInitScript(() => {
      /** @type {any} */ (window).heard = { tones: 0, notes: [] };
      class Tone { frequency = { value: 0 }; connect(to) { return to; } start() { /** @type {any} */ (window).heard.tones += 1; } stop() {} }
      class Audio { currentTime = 0; destination = {}; createOscillator() { return new Tone(); } createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (to) => to }; } close() {} }
      const Note = class { static permission = 'granted'; static requestPermission() { return Promise.resolve('granted'); } constructor(title, more) { /** @type {any} */ (window).heard.notes.push([title, more.body]); } close() {} };
      Object.assign(window, { AudioContext: Audio, Notification: Note });
    });
    await page.reload();
    await page.waitForSelector('.shell');
    await enter(page, 'lobby');
    const choose = async (label, value) => {
      await page.locator('.me button').click();
      await page.locator('dialog .choice', { hasText: label }).locator('select').selectOption(value);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
    };
    const heard = () => page.evaluate(() => /** @type {any} */ (window).heard);
    const bob = terminal(server, 'bob');
    bob.says('join room lobby');
    bob.says('send lobby alice, quiet?');
    await shows(page, ['alice, quiet?']);
    assert.deepEqual(await heard(), { tones: 0, notes: [] }, 'nothing unless it was asked for');
    await choose('Sound for messages to you', 'yes');
    await choose('Desktop notifications for messages to you', 'yes');
    bob.says('send lobby hello all');
    bob.says('send lobby alice?');
    await shows(page, ['alice, quiet?', 'hello all', 'alice?']);
    assert.deepEqual(await heard(), { tones: 1, notes: [] }, 'a page that is looked at notifies nobody');
    await page.evaluate(() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); });
    bob.says('send message alice psst');
    await page.waitForFunction(() => /** @type {any} */ (window).heard.notes.length === 1);
    assert.deepEqual((await heard()).notes, [['bob', 'psst']]);
    await page.evaluate(() => { Object.defineProperty(document, 'hidden', { value: false, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), 'rgb(255, 255, 255)');
    await choose('Colors', 'dark');
    assert.equal(await background(), 'rgb(26, 29, 31)');
    await page.locator('.me button').click();
    await page.locator('dialog .choice', { hasText: 'Language' }).locator('select').selectOption('zh');
    await page.getByRole('button', { name: '发送', exact: true }).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
    await page.reload();
    await page.getByRole('button', { name: '发送', exact: true }).waitFor();
    assert.equal(await background(), 'rgb(26, 29, 31)');
    await page.locator('.me button').click();
    const chosen = await page.$$eval('dialog select', (all) => all.map((one) => /** @type {any} */ (one).value));
    assert.deepEqual(chosen, ['zh', 'dark', 'yes', 'yes']);
    assert.deepEqual(wrong, []);
    bob.leave();
    await context.close();
  } finally { await server.kill(); }
});

/** An address of this machine that is not its own loopback, where a browser trusts a page less. */
const elsewhere = Object.values(os.networkInterfaces()).flat().find((one) => one && one.family === 'IPv4' && !one.internal)?.address;

test('over a network without TLS the page says that others can read, and does without what it cannot have', { timeout: 2 * PATIENCE, skip: elsewhere ? false : 'no network' }, async () => {
  const server = await serve('127.0.0.1:0', '0.0.0.0:0');
  try {
    const origin = server.origin.replace('0.0.0.0', String(elsewhere));
    const { page, wrong, context } = await open({ url: `http://${origin}/`, origin });
    assert.equal(await page.evaluate(() => window.isSecureContext), false);
    await page.locator('.plain-note', { hasText: 'This page is not encrypted.' }).waitFor();
    await page.fill('[name=name]', 'alice');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.shell');
    await enter(page, 'lobby');
    await say(page, 'copy `me`, please');
    await shows(page, ['copy me, please']);
    await page.locator('.msg').hover();
    await page.getByRole('button', { name: 'Copy text' }).click();
    assert.equal(await page.evaluate(() => String(getSelection())), 'copy me, please', 'it is selected');
    await page.locator('.me button').click();
    await page.locator('dialog', { hasText: 'Desktop notifications need https or localhost.' }).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
    const safe = await open({ url: server.url.replace('0.0.0.0', '127.0.0.1'), origin: server.origin.replace('0.0.0.0', '127.0.0.1') });
    await safe.page.waitForSelector('.card');
    assert.equal(await safe.page.locator('.plain-note').count(), 0);
    await safe.context.close();
  } finally { await server.kill(); }
});

test('a person has one of twelve colors and a letter, the same in any spelling', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server);
    const tiles = (names) => page.evaluate(async (all) => {
      const script = /** @type {HTMLScriptElement} */ (document.querySelector('script[src$="/app.js"]'));
      const { tile } = await import(script.src.replace('app.js', 'dom.js'));
      return all.map((name) => { const one = tile(name); return [one.textContent, one.style.getPropertyValue('--hue')]; });
    }, names);
    const named = await tiles(['alice', 'Alice', 'ＡＬＩＣＥ', '渊渊', '小明', 'ひらがな', '김철수', 'ünal', '👩‍👩‍👧x', '7of9']);
    assert.deepEqual(named.map(([letter]) => letter), ['A', 'A', 'Ａ', '渊', '明', 'な', '수', 'Ü', '👩‍👩‍👧', '7']);
    assert.equal(new Set(named.slice(0, 3).map(([, hue]) => hue)).size, 1);
    const hues = (await tiles(Array.from({ length: 500 }, (_, i) => `user${i}`))).map(([, hue]) => hue);
    assert.equal(new Set(hues).size, 12);
    await context.close();
  } finally { await server.kill(); }
});

test('colors and sizes are those of the table, in both schemes', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  const table = {
    light: { '--bg': '#ffffff', '--side-bg': '#f3f2ee', '--raised': '#ffffff', '--sunken': '#f7f6f3', '--active': '#dfe9e6', '--line': '#e4e1da', '--line-2': '#cfcac0', '--text': '#1d1f1e', '--text-2': '#565b58', '--text-3': '#696e6b', '--accent': '#0d6f68', '--accent-soft': '#e0f0ed', '--on-accent': '#ffffff', '--danger': '#b3261e', '--badge': '#b3261e', '--mention': '#fff7e2', '--mention-line': '#d99a00' },
    dark: { '--bg': '#1a1d1f', '--side-bg': '#141618', '--raised': '#22262a', '--sunken': '#15181a', '--active': '#1f3836', '--line': '#2b2f33', '--line-2': '#3f464b', '--text': '#e7e9e8', '--text-2': '#a9b0ad', '--text-3': '#929997', '--accent': '#4cc4b6', '--accent-soft': '#17322f', '--on-accent': '#06231f', '--danger': '#ff8a80', '--badge': '#ff7a70', '--mention': '#2a2616', '--mention-line': '#d9a43a' },
  };
  try {
    for (const [scheme, wanted] of Object.entries(table)) {
      const { page, context } = await open(server, { name: `eve_${scheme}`, scheme });
      await enter(page, 'lobby');
      const found = await page.evaluate((names) => {
        const probe = document.body.appendChild(document.createElement('i'));
        const hex = (name) => { probe.style.color = `var(${name})`; return `#${/** @type {any} */ (getComputedStyle(probe).color.match(/\d+/gu)).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`; };
        const all = Object.fromEntries(names.map((name) => [name, hex(name)]));
        probe.remove();
        return all;
      }, Object.keys(wanted));
      assert.deepEqual(found, wanted, scheme);
      const size = (selector) => page.locator(selector).first().evaluate((one) => { const { width, height } = one.getBoundingClientRect(); return [Math.round(width), Math.round(height)]; });
      await say(page, scheme);
      await page.locator('.msg .text', { hasText: scheme }).waitFor();
      assert.deepEqual([(await size('.side'))[0], (await size('.people'))[0], (await size('.main .bar'))[1], await size('.msg .tile'), await size('.people .tile'), (await size('.side .lists .row'))[1]], [268, 232, 56, [36, 36], [24, 24], 34]);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      assert.equal((await size('.found'))[0], 340);
      assert.equal(await page.locator('.log .inner').evaluate((one) => getComputedStyle(one).maxWidth), '920px');
      await context.close();
    }
  } finally { await server.kill(); }
});

test('what a finger is to meet has 42 pixels, and who wants nothing to move sees nothing move', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice', width: 390, height: 844 });
    /** Buttons, fields and choices that can be seen and are smaller than a finger, but for links in a text. */
    const small = () => page.evaluate(() => [...document.querySelectorAll('button, select, input:not([type=file]), textarea')].map((one) => ({ one, box: one.getBoundingClientRect() }))
      .filter(({ one, box }) => box.width > 0 && !one.closest('label.find'))
      .filter(({ box }) => box.width < 42 || box.height < 42).map(({ one, box }) => `${one.getAttribute('aria-label') ?? one.className}: ${Math.round(box.width)} x ${Math.round(box.height)}`));
    assert.deepEqual(await small(), [], 'rooms');
    await enter(page, 'lobby');
    await say(page, 'hello');
    await shows(page, ['hello']);
    assert.deepEqual(await small(), [], 'conversation');
    for (const name of ['About this room', 'People', 'Search']) {
      await page.getByRole('button', { name, exact: true }).click();
      assert.deepEqual(await small(), [], name);
      await page.getByRole('button', { name: 'Close', exact: true }).click();
    }
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await page.locator('.me button').click();
    assert.deepEqual(await small(), [], 'settings');
    await page.keyboard.press('Escape');
    await page.locator('.side .group button').first().click();
    await page.waitForSelector('dialog .row');
    assert.deepEqual(await small(), [], 'rooms to join');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((one) => { const { animationName, transitionDuration } = getComputedStyle(one); return animationName !== 'none' || transitionDuration.split(', ').some((time) => time !== '0s'); }).length);
    assert.equal(moving, 0);
    await context.close();
  } finally { await server.kill(); }
});
