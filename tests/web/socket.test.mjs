// The connection of the page, without a page: when it asks whether the server lives, and when it comes back.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import * as model from '../../web/model.js';

/** The sockets that were opened, the newest last, and what was said on each. */
class FakeSocket {
  static OPEN = 1;
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = FakeSocket.OPEN;
  sent = [];
  constructor(url) { this.url = url; FakeSocket.all.push(this); }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
  /** The server says something. */
  says(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
  /** The connection is lost. */
  lose(code = 1006) { this.readyState = 3; this.onclose?.({ code }); }
}

const heard = {};
Object.assign(globalThis, {
  WebSocket: FakeSocket, location: { protocol: 'http:', host: 'chat:7668' }, window: globalThis,
  addEventListener: (name, listener) => { heard[name] = listener; },
  document: { hidden: false, addEventListener: (name, listener) => { heard[name] = listener; } },
});
const { Link } = await import('../../web/socket.js');

const pass = (ms) => mock.timers.tick(ms);
const newest = () => /** @type {FakeSocket} */ (FakeSocket.all.at(-1));
const welcome = { type: 'ok', name: 'alice', epoch: 'e1', token: 't', users: ['alice'], rooms: [], people: [], features: ['history'] };
/** Lets promises go on. */
const settled = async () => { for (let i = 0; i < 5; i += 1) await Promise.resolve(); };

/** Somebody who is logged in. */
async function online() {
  const state = model.create();
  const refused = [];
  const link = new Link(state, { event: () => {}, online: async () => {}, refused: (error) => refused.push(error), changed: () => {} });
  link.start({ name: 'alice' });
  await logIn();
  return { link, state, refused };
}

/** The server greets, and takes the login. */
async function logIn() {
  newest().says({ type: 'hello', version: 1, server: 'chatctl', password: 'optional' });
  newest().says({ ...welcome, id: newest().sent.findLast(({ type }) => type === 'login').id });
  await settled();
}

beforeEach(() => {
  FakeSocket.all = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
});

test('after 25 s of silence the server is asked whether it lives, and after 10 s without an answer it is looked for anew', async () => {
  const { state } = await online();
  const first = newest();
  assert.equal(first.url, 'ws://chat:7668/ws');
  first.sent.length = 0;
  pass(24_999);
  assert.deepEqual(first.sent, []);
  pass(1);
  assert.deepEqual(first.sent.map(({ type }) => type), ['ping']);
  first.says({ type: 'ok', id: first.sent[0].id });
  pass(24_999);
  assert.equal(first.sent.length, 1, 'whatever is heard counts');
  pass(1);
  pass(9_999);
  assert.equal(state.link, 'online');
  pass(1);
  assert.equal(state.link, 'waiting');
  assert.equal(first.readyState, 3, 'the old one is given up');
});

test('the pauses double from half a second to a quarter of a minute, and are never the same for all', async () => {
  const { link, state } = await online();
  for (const wanted of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
    const before = Date.now();
    newest().lose();
    assert.equal(state.link, 'waiting');
    const pause = link.retryAt - before;
    assert.ok(pause >= wanted * 0.75 && pause <= wanted * 1.25, `${pause} for ${wanted}`);
    const count = FakeSocket.all.length;
    pass(Math.ceil(pause));
    assert.equal(FakeSocket.all.length, count + 1);
  }
  await logIn();
  newest().lose();
  assert.ok(link.retryAt - Date.now() <= 625, 'who was let in begins anew');
  const random = Math.random;
  const pauses = [0, 0.999].map((value) => {
    Math.random = () => value;
    link.pause = 0;
    link.lost(1006);
    return Math.round(link.retryAt - Date.now());
  });
  Math.random = random;
  assert.deepEqual(pauses, [375, 625]);
});

test('when the network is back or the tab is looked at, nobody waits', async () => {
  for (const event of ['online', 'visibilitychange']) {
    const { link } = await online();
    for (let i = 0; i < 4; i += 1) { newest().lose(); link.connect(); }
    newest().lose();
    const count = FakeSocket.all.length;
    heard[event]();
    assert.equal(FakeSocket.all.length, count + 1, event);
  }
  const { state } = await online();
  newest().sent.length = 0;
  heard.online();
  assert.deepEqual(newest().sent, [], 'of one that has just spoken nothing is asked');
  // While the machine slept, no timer ran.
  const clock = Date.now;
  Date.now = () => clock() + 60_000;
  heard.visibilitychange();
  Date.now = clock;
  assert.ok(newest().sent.some(({ type }) => type === 'ping'));
  assert.equal(state.link, 'online');
});

test('what has a nonce is said again after the next login, and what has none fails', async () => {
  const { link } = await online();
  const first = newest();
  const said = link.ask({ type: 'send_room', room: 'tea', text: 'hi', nonce: 'n' });
  const asked = link.ask({ type: 'history', room: 'tea' });
  first.lose();
  await assert.rejects(asked, { code: 'lost' });
  link.connect();
  await logIn();
  const again = newest().sent.find(({ type }) => type === 'send_room');
  assert.deepEqual([again.text, again.nonce], ['hi', 'n']);
  assert.ok(!newest().sent.some(({ type }) => type === 'history'));
  newest().says({ type: 'ok', id: again.id, room: 'tea', seq: 2 });
  assert.equal((await said).seq, 2);
  // What is said while nobody listens waits, and what is asked then fails at once.
  newest().lose();
  const later = link.ask({ type: 'send_room', room: 'tea', text: 'later', nonce: 'm' });
  await assert.rejects(link.ask({ type: 'list_users' }), { code: 'lost' });
  link.connect();
  await logIn();
  const sent = newest().sent.find(({ nonce }) => nonce === 'm');
  newest().says({ type: 'ok', id: sent.id, seq: 3 });
  assert.equal((await later).seq, 3);
});

test('who comes back has the token and says what is here, and without it the name', async () => {
  const { link, state, refused } = await online();
  model.take(state, { type: 'created', room: 'tea', seq: 4, time: '2026-11-25T22:13:47.123Z', by: 'bob', members: ['bob', 'alice'] });
  newest().lose();
  link.connect();
  newest().says({ type: 'hello', version: 1, server: 'chatctl', password: 'optional' });
  const [login] = newest().sent;
  assert.deepEqual([login.token, login.epoch, login.have], ['t', 'e1', { rooms: { tea: 4 }, people: {} }]);
  newest().says({ type: 'error', id: login.id, code: 'wrong-token', detail: '' });
  await settled();
  assert.deepEqual([newest().sent[1].token, newest().sent[1].name], [undefined, 'alice']);
  newest().says({ type: 'error', id: newest().sent[1].id, code: 'name-taken', detail: 'alice' });
  await settled();
  assert.deepEqual(refused.map(({ code }) => code), ['name-taken']);
});

test('a page that was taken over elsewhere stays away', async () => {
  const { link, state } = await online();
  newest().says({ type: 'error', code: 'replaced', detail: 'logged in elsewhere' });
  newest().lose(4001);
  assert.deepEqual([state.link, state.why], ['ended', 'replaced']);
  const count = FakeSocket.all.length;
  pass(60_000);
  heard.online();
  assert.equal(FakeSocket.all.length, count);
  link.start(link.credentials);
  assert.equal(FakeSocket.all.length, count + 1, 'unless somebody wants it here');
});
