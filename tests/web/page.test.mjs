// The page in a real browser, served by the real program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE, accessibility, chart, enter, folder, open, overflowing, pick, picture, say, serve, shows, terminal, texts } from './browser.mjs';

test('two people talk, on a desk and on a phone, in two languages', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const desk = await open(server, { name: 'yuanyuan' });
    const phone = await open(server, { name: '渊渊', width: 390, height: 844, scheme: 'dark', locale: 'zh-CN' });
    await enter(desk.page, 'lobby');
    await enter(phone.page, 'lobby');
    await say(desk.page, 'hello, 渊渊');
    await say(phone.page, '你好！');
    await say(desk.page, 'two\nlines with `code`, see https://example.org/a_(b).');
    const expected = ['hello, 渊渊', '你好！', 'two\nlines with code, see https://example.org/a_(b).'];
    await shows(desk.page, expected);
    await shows(phone.page, expected);
    assert.equal(await desk.page.locator('.msg a').getAttribute('href'), 'https://example.org/a_(b)');
    await picture(desk.page, 'web-desk');
    await picture(phone.page, 'web-phone');
    assert.deepEqual([...desk.wrong, ...phone.wrong], []);
    await desk.context.close();
    await phone.context.close();
  } finally { await server.kill(); }
});

test('what a person writes is text and nothing else', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: 'mallory' });
    await enter(page, 'lobby');
    const hostile = ['<img src=x onerror=alert(1)>', '<script>alert(1)</script>', 'javascript:alert(1)', '"><svg onload=alert(1)>', 'http://"><b>x</b>'];
    for (const text of hostile) await say(page, text);
    await shows(page, hostile);
    assert.equal(await page.locator('.msg .text :is(img, script, svg, b)').count(), 0);
    assert.deepEqual(wrong, []);
    await context.close();
  } finally { await server.kill(); }
});

test('Enter while an input method composes sends nothing', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, wrong, context } = await open(server, { name: '渊渊' });
    await enter(page, 'lobby');
    await page.focus('#box');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
    await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
    await cdp.send('Input.insertText', { text: '你好' });
    assert.deepEqual(await texts(page), []);
    await page.press('#box', 'Shift+Enter');
    await page.keyboard.type('!');
    await page.press('#box', 'Enter');
    await shows(page, ['你好\n!']);
    assert.deepEqual(wrong, []);
    await context.close();
  } finally { await server.kill(); }
});

test('a server that is killed and started again finds everybody in the room, and what was said meanwhile arrives once', { timeout: 4 * PATIENCE }, async () => {
  let server = await serve();
  try {
    const alice = await open(server, { name: 'alice' });
    const bob = await open(server, { name: 'bob' });
    await enter(alice.page, 'lobby');
    await enter(bob.page, 'lobby');
    await say(alice.page, 'before');
    await shows(bob.page, ['before']);
    await server.kill();
    await bob.page.waitForSelector('.strip:not(.hidden)');
    await alice.page.waitForSelector('.strip:not(.hidden)');
    await say(alice.page, 'meanwhile');
    await picture(alice.page, 'web-lost');
    server = await server.again();
    await alice.page.waitForSelector('.strip.hidden', { state: 'attached' });
    await bob.page.waitForSelector('.strip.hidden', { state: 'attached' });
    // A server without a store has begun anew, and so have the pages. Who of the two came first is open.
    await alice.page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].some((one) => one.textContent === 'meanwhile'));
    await say(bob.page, 'after');
    await alice.page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].some((one) => one.textContent === 'after'));
    await say(alice.page, 'and on');
    await shows(alice.page, ['meanwhile', 'after', 'and on']);
    await bob.page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent === 'and on');
    assert.equal(await alice.page.locator('.failed').count(), 0);
    await alice.context.close();
    await bob.context.close();
  } finally { await server.kill(); }
});

/** Waits until the page shows exactly these pictures, in this order, and they are loaded. */
async function showsPictures(page, names) {
  await page.waitForFunction((wanted) => {
    const all = [...document.querySelectorAll('.shot img')];
    all.at(-1)?.scrollIntoView();
    return JSON.stringify(all.map((one) => one.alt)) === JSON.stringify(wanted) && all.every((one) => one.complete && one.naturalWidth > 0);
  }, names, { timeout: PATIENCE });
}

test('two phones and a terminal talk with pictures, and nobody loses, doubles or misses a line when the server is killed in the middle', { timeout: 6 * PATIENCE }, async () => {
  const store = folder();
  let server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--data', store.at, '--message-rate', '0']);
  try {
    const phone = { width: 390, height: 844, locale: 'zh-CN' };
    const yuan = await open(server, { name: '渊渊', ...phone });
    const bob = await open(server, { name: '小明', ...phone, scheme: 'dark' });
    let eve = terminal(server, 'eve');
    await enter(yuan.page, 'lobby');
    await enter(bob.page, 'lobby');
    eve.says('join room lobby');
    await eve.hears('lobby/server: eve joined');
    const expected = [];
    const says = async (who, name, text) => {
      await say(who.page, text);
      expected.push(text);
      await eve.hears(`lobby/${name}: ${text}`);
    };
    await says(yuan, '渊渊', '早上好');
    await pick(yuan.page, ['延迟.png', await chart(yuan.page, { title: '10,000 users' }), 'image/png']);
    await eve.hears(/^lobby\/server: 渊渊 sent the file \w{26} \(\d+ bytes\): 延迟\.png$/u);
    await says(bob, '小明', '你好！这张图太清楚了');
    eve.says('send lobby seen in a terminal as well');
    expected.push('seen in a terminal as well');
    await eve.hears('lobby/eve: seen in a terminal as well');
    await says(yuan, '渊渊', '服务器马上要重启');
    for (const { page } of [yuan, bob]) { await shows(page, expected); await showsPictures(page, ['延迟.png']); }
    await picture(yuan.page, 'web-talk-light');
    const told = eve.lines.filter((line) => line.startsWith('lobby/'));
    const killed = server.kill();
    await say(bob.page, '这句话在重启的时候发送');
    await pick(bob.page, ['重启.png', await chart(bob.page, { width: 400, height: 500, hue: 20, title: 'restart' }), 'image/png']);
    await killed;
    await bob.page.waitForSelector('.strip:not(.hidden)');
    await yuan.page.waitForSelector('.strip:not(.hidden)');
    await bob.page.locator('.file', { hasText: '连接恢复后继续' }).waitFor();
    await picture(bob.page, 'web-killed');
    eve.leave();
    server = await server.again();
    eve = terminal(server, 'eve');
    await eve.hears("server: let's start chatting!");
    // Whoever comes first opens the room; the terminal asks until it is there.
    for (const page of [yuan.page, bob.page]) await page.waitForSelector('.strip.hidden', { state: 'attached' });
    eve.says('resume lobby #0');
    expected.push('这句话在重启的时候发送');
    for (const { page } of [yuan, bob]) await showsPictures(page, ['延迟.png', '重启.png']);
    for (const [page, text] of [[yuan.page, '大家都在吗'], [bob.page, '都在']]) {
      await page.waitForFunction((count) => document.querySelectorAll('.msg .text').length >= count, expected.length);
      await say(page, text);
      expected.push(text);
      await shows(yuan.page, expected);
      await shows(bob.page, expected);
    }
    await eve.hears('lobby/小明: 都在');
    // What is told again has its number and its time in front.
    const lines = eve.lines.map((line) => line.replace(/^.*? (?=lobby\/)/u, ''));
    const said = lines.map((line) => /^lobby\/(?!server)\S+: (.*)$/u.exec(line)?.[1]).filter((text) => text !== undefined);
    assert.deepEqual(said, expected, 'the terminal has read all of it, once');
    for (const name of ['延迟.png', '重启.png']) assert.equal(lines.filter((line) => line.startsWith('lobby/') && line.endsWith(`: ${name}`)).length, 1, name);
    assert.ok(told.every((line) => lines.includes(line)), 'what was told before the kill is told again as it was');
    assert.equal(await bob.page.locator('.failed').count(), 0);
    await picture(yuan.page, 'web-restarted-light');
    await picture(bob.page, 'web-restarted-dark');
    eve.leave();
    await yuan.context.close();
    await bob.context.close();
  } finally {
    await server.kill();
    store.remove();
  }
});

test('what was said long ago is a page away, and can be searched', { timeout: 4 * PATIENCE }, async () => {
  const store = folder();
  const server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--data', store.at, '--message-rate', '0']);
  try {
    const eve = terminal(server, 'eve');
    eve.says('create room lobby');
    for (let i = 1; i <= 300; i += 1) eve.says(`send lobby 第${i}句${i === 7 ? ' needle' : ''}`);
    await eve.hears('lobby/eve: 第300句');
    const { page, wrong, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    const first = () => page.locator('.msg .text').first().textContent();
    await page.waitForFunction(() => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent === '第300句');
    while (await first() !== '第1句') {
      const before = await first();
      await page.evaluate(() => { /** @type {any} */ (document.querySelector('[role=log]')).scrollTop = 0; });
      await page.waitForFunction((was) => document.querySelector('.msg .text')?.textContent !== was, before);
    }
    // Somebody who reads in the middle goes on reading there while the search opens and closes.
    const log = page.locator('[role=log]');
    const top = () => log.evaluate((element) => [...element.querySelectorAll('.msg')].find((line) => line.getBoundingClientRect().bottom > element.getBoundingClientRect().top)?.getAttribute('data-key'));
    await log.evaluate((element) => { element.scrollTop = element.scrollHeight / 2; });
    const read = await top();
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.waitForSelector('.found input:focus');
    assert.equal(await top(), read);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.found', { state: 'detached' });
    assert.equal(await top(), read);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.fill('.found input', 'needle');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.found .hit mark');
    await picture(page, 'web-search');
    assert.deepEqual(wrong, []);
    eve.leave();
    await context.close();
  } finally {
    await server.kill();
    store.remove();
  }
});

test('behind what was found come the lines that were said after it, all of them', { timeout: 4 * PATIENCE }, async () => {
  const server = await serve('127.0.0.1:0', '127.0.0.1:0', ['--message-rate', '0']);
  try {
    const eve = terminal(server, 'eve');
    eve.says('create room lobby');
    for (let i = 1; i <= 400; i += 1) eve.says(`send lobby 第${i}句${i === 7 ? ' needle' : ''}`);
    await eve.hears('lobby/eve: 第400句');
    const { page, wrong, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.fill('.found input', 'needle');
    await page.keyboard.press('Enter');
    await page.locator('.found .hit').click();
    await page.waitForSelector('.msg.flash');
    eve.says('send lobby 第401句');
    await eve.hears('lobby/eve: 第401句');
    const seen = new Set();
    const last = async () => { for (const text of await texts(page)) seen.add(text.replace(' needle', '')); return page.locator('.msg .text').last().textContent(); };
    while (await last() !== '第401句') {
      const before = await last();
      await page.evaluate(() => { const log = /** @type {any} */ (document.querySelector('[role=log]')); log.scrollTop = log.scrollHeight; });
      await page.waitForFunction((was) => [...document.querySelectorAll('.msg .text')].at(-1)?.textContent !== was, before);
    }
    assert.deepEqual([...seen].slice(-395), Array.from({ length: 395 }, (_, i) => `第${i + 7}句`));
    assert.deepEqual(wrong, []);
    eve.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('the owner of a room says what it is about, and invites whom others cannot', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const alice = await open(server, { name: 'alice' });
    const bob = await open(server, { name: 'bob' });
    await enter(alice.page, 'tea');
    const about = alice.page.getByRole('button', { name: 'About this room' });
    await about.click();
    await alice.page.getByLabel('Topic').fill('cake at five');
    await alice.page.keyboard.press('Enter');
    await alice.page.getByRole('button', { name: 'Let only invited people in' }).click();
    await alice.page.getByLabel('Your name').or(alice.page.getByPlaceholder('Who')).fill('bob');
    await alice.page.keyboard.press('Enter');
    await bob.page.locator('.row', { hasText: 'alice invites you' }).click();
    await bob.page.waitForSelector('#box');
    await bob.page.locator('.about', { hasText: 'Private · 2 here · cake at five' }).waitFor();
    await picture(bob.page, 'web-topic');
    await bob.page.getByRole('button', { name: 'About this room' }).click();
    assert.equal(await bob.page.getByLabel('Topic').count(), 0, 'only the owner can change it');
    assert.deepEqual([...alice.wrong, ...bob.wrong], []);
    await alice.context.close();
    await bob.context.close();
  } finally { await server.kill(); }
});

test('an account that goes is shown as offline in its rooms until it comes back', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const bob = terminal(server, 'bob');
    bob.says('register hunter22');
    await bob.hears('server: bob is registered');
    bob.says('create room lobby');
    await bob.hears('lobby/server: bob created the room');
    const { page, wrong, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await page.locator('.about', { hasText: '2 here' }).waitFor();
    bob.leave();
    await page.locator('.people .row.off', { hasText: 'bob' }).waitFor();
    await page.locator('.about', { hasText: '1 here' }).waitFor();
    await picture(page, 'web-offline');
    const again = terminal(server, 'bob', 'hunter22');
    await page.locator('.people .row:not(.off)', { hasText: 'bob' }).waitFor();
    assert.deepEqual(wrong, []);
    again.leave();
    await context.close();
  } finally { await server.kill(); }
});

test('what an account reads on one device is read on the other', { timeout: 3 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const setup = terminal(server, 'alice');
    setup.says('register hunter22');
    await setup.hears('server: alice is registered');
    for (const room of ['lobby', 'tea']) setup.says(`create room ${room}`);
    await setup.hears('tea/server: alice created the room');
    const bob = terminal(server, 'bob');
    for (const room of ['lobby', 'tea']) bob.says(`join room ${room}`);
    await bob.hears('tea/server: bob joined');
    setup.says('quit');
    const devices = [];
    for (const width of [1280, 390]) {
      const device = await open(server, { width });
      await device.page.fill('[name=name]', 'alice');
      await device.page.fill('[name=password]', 'hunter22');
      await device.page.keyboard.press('Enter');
      await device.page.waitForSelector('.shell');
      devices.push(device);
    }
    const [desk, phone] = devices;
    await desk.page.locator('.side .row', { hasText: 'tea' }).click();
    await desk.page.waitForSelector('#box');
    await phone.page.locator('.side .row', { hasText: 'tea' }).click();
    await phone.page.getByRole('button', { name: 'Back' }).click();
    bob.says('send room lobby Alice?');
    for (const { page } of devices) await page.locator('.side .row', { hasText: 'lobby' }).locator('.badge', { hasText: '1' }).waitFor();
    await phone.page.locator('.side .row', { hasText: 'lobby' }).click();
    await shows(phone.page, ['Alice?']);
    await desk.page.locator('.badge').waitFor({ state: 'detached' });
    assert.deepEqual([...desk.wrong, ...phone.wrong], []);
    bob.leave();
    setup.leave();
    await desk.context.close();
    await phone.context.close();
  } finally { await server.kill(); }
});

test('who reloads the page is in the same rooms', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    await enter(page, 'tea');
    await say(page, 'here');
    await shows(page, ['here']);
    const keeper = await open(server, { name: 'bob' });
    await enter(keeper.page, 'lobby');
    await enter(keeper.page, 'tea');
    await page.reload();
    await page.waitForSelector('.shell');
    await shows(page, ['here']);
    assert.equal(await page.locator('.side .lists .row').count(), 2);
    // Nothing but this is new since.
    await say(keeper.page, 'and here');
    await shows(page, ['here', 'and here']);
    await page.locator('.badge').waitFor({ state: 'detached' });
    assert.equal(await page.locator('.fresh').count(), 0);
    await enter(keeper.page, 'lobby');
    await say(keeper.page, 'for alice');
    await page.locator('.badge', { hasText: '1' }).waitFor();
    await page.reload();
    await page.locator('.badge', { hasText: '1' }).waitFor();
    await page.locator('.row', { hasText: 'lobby' }).click();
    await shows(page, ['for alice']);
    assert.equal(await page.locator('.fresh').count(), 1);
    await context.close();
    await keeper.context.close();
  } finally { await server.kill(); }
});

test('everybody can use the page, in both schemes', { timeout: 5 * PATIENCE }, async () => {
  const server = await serve();
  try {
    for (const scheme of ['light', 'dark']) {
      const { page, wrong, context } = await open(server, { scheme });
      const clean = await accessibility(page, context);
      await clean(`door, ${scheme}`);
      await page.fill('[name=name]', `eve_${scheme}`);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.shell');
      await clean(`nothing open, ${scheme}`);
      await enter(page, `room_${scheme}`);
      await say(page, 'hello `code` https://example.org/');
      await shows(page, ['hello code https://example.org/']);
      await clean(`conversation, ${scheme}`);
      await page.locator('.side .group button').first().click();
      await page.waitForSelector('dialog');
      await clean(`rooms, ${scheme}`);
      await page.keyboard.press('Escape');
      await page.locator('.me button').click();
      await page.waitForSelector('dialog');
      await clean(`settings, ${scheme}`);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'About this room' }).click();
      await page.waitForSelector('dialog');
      await clean(`about the room, ${scheme}`);
      await page.keyboard.press('Escape');
      assert.deepEqual(wrong, []);
      await context.close();
    }
  } finally { await server.kill(); }
});

test('nothing sticks out of the page from 320 to 1920 pixels', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'a_name_that_is_as_long_as_it_gets' .slice(0, 32) });
    await enter(page, 'a_room_that_has_a_very_long_name'.slice(0, 32));
    await say(page, 'x'.repeat(400));
    await say(page, '一段没有空格的文字。'.repeat(30));
    for (const width of [320, 360, 390, 480, 600, 720, 721, 800, 1020, 1021, 1280, 1600, 1920]) {
      assert.deepEqual(await overflowing(page, width), [], `${width} pixels`);
    }
    await context.close();
  } finally { await server.kill(); }
});

test('the button for who is here says whether they are seen, however wide the page becomes', { timeout: 2 * PATIENCE }, async () => {
  const server = await serve();
  try {
    const { page, context } = await open(server, { name: 'alice' });
    await enter(page, 'lobby');
    /** Waits until both the button and the page say so. */
    const seen = (is) => page.waitForFunction((wanted) => {
      const pressed = document.querySelectorAll('.bar button[aria-pressed]')[1]?.getAttribute('aria-pressed') === 'true';
      const shown = (document.querySelector('.people')?.getBoundingClientRect().width ?? 0) > 0;
      return pressed === wanted && shown === wanted;
    }, is);
    await seen(true);
    await page.setViewportSize({ width: 390, height: 844 });
    await seen(false);
    await page.locator('.bar button[aria-pressed]').nth(1).click();
    await seen(true);
    await context.close();
  } finally { await server.kill(); }
});
