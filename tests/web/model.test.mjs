// The state of the page, without a page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as model from '../../web/model.js';

const login = { name: 'alice', epoch: 'e1', users: ['alice', 'bob'], rooms: [], people: [], features: ['history'] };
const said = (seq, from, text) => ({ type: 'message', room: 'lobby', seq, time: '2026-11-25T22:13:47.123Z', from, text });

function inLobby() {
  const state = model.create();
  model.loggedIn(state, login);
  model.take(state, { type: 'created', room: 'lobby', seq: 1, time: '2026-11-25T22:13:47.123Z', by: 'bob', members: ['bob', 'alice'] });
  return { state, lobby: model.conversation(state, { room: 'Lobby' }) };
}

test('an event is taken once', () => {
  const { state, lobby } = inLobby();
  assert.equal(model.take(state, said(2, 'bob', 'hi')), true);
  assert.equal(model.take(state, said(2, 'bob', 'hi')), false);
  assert.equal(lobby.lines.length, 2);
});

test('an own line is pending until its answer and stands once when its event has come', () => {
  const { state, lobby } = inLobby();
  const line = model.sending(state, lobby, 'hi', 'n', '2026-11-25T22:13:47.123Z');
  assert.equal(line.state, 'sending');
  model.sent(lobby, line, { room: 'lobby', seq: 2, time: '2026-11-25T22:13:48.000Z' });
  model.take(state, said(2, 'alice', 'hi'));
  assert.deepEqual(lobby.lines.map((one) => [one.text, one.state]), [[undefined, undefined], ['hi', undefined]]);
});

test('what is unread and what calls for somebody is counted until it is looked at', () => {
  const { state, lobby } = inLobby();
  model.take(state, said(2, 'bob', 'hello'));
  model.take(state, said(3, 'bob', 'Alice?'));
  assert.deepEqual([lobby.unread, lobby.mentions, model.badge(state)], [2, 1, 1]);
  model.look(state, 'lobby');
  assert.deepEqual([lobby.unread, lobby.mentions], [0, 0]);
});

test('a mention is a whole word, or a name behind an at sign, in any case and width', () => {
  for (const text of ['alice?', 'hi ALICE', '@alice', 'x@alicey', '＠ａｌｉｃｅ', '（alice）']) assert.ok(model.mentions(text, 'Alice'), text);
  for (const text of ['malice', 'alice_', 'alices', '']) assert.ok(!model.mentions(text, 'alice'), text);
  assert.ok(model.mentions('@渊渊 你好', '渊渊'));
});

test('another epoch throws away what was known, and keeps what is being sent', () => {
  const { state, lobby } = inLobby();
  model.sending(state, lobby, 'pending', 'n', '2026-11-25T22:13:47.123Z');
  const left = model.loggedIn(state, { ...login, epoch: 'e2' });
  assert.deepEqual(left.map((where) => where.name), ['lobby'], 'the rooms to enter again');
  assert.deepEqual([lobby.seq, lobby.lines.map((line) => line.text)], [0, ['pending']]);
});

test('the same epoch goes on from the last number', () => {
  const { state, lobby } = inLobby();
  model.loggedIn(state, login);
  assert.deepEqual(model.have(state), { rooms: { lobby: 1 }, people: {} });
  assert.equal(lobby.lines.length, 1);
  model.page(state, lobby, [said(2, 'bob', 'a'), said(3, 'bob', 'b')], false, 'after');
  assert.deepEqual([lobby.seq, lobby.unread], [3, 2]);
});

test('older lines come in front and are no news', () => {
  const { state, lobby } = inLobby();
  model.look(state, 'lobby');
  lobby.lines = [];
  model.take(state, said(9, 'bob', 'new'));
  model.page(state, lobby, [said(7, 'bob', 'a'), said(8, 'bob', 'b')], true, 'before');
  assert.deepEqual(lobby.lines.map((line) => line.seq), [7, 8, 9]);
  assert.deepEqual([lobby.complete, lobby.unread], [false, 0]);
});

test('lines stand under one head within five minutes of one person', () => {
  const line = (from, time) => ({ type: 'message', from, time });
  const first = line('bob', '2026-11-25T12:00:00.000Z');
  assert.ok(model.continues(line('bob', '2026-11-25T12:04:00.000Z'), first));
  assert.ok(!model.continues(line('bob', '2026-11-25T12:06:00.000Z'), first));
  assert.ok(!model.continues(line('eve', '2026-11-25T12:01:00.000Z'), first));
});

test('lines around a hit are followed by the ones behind them, and what happens meanwhile is not put between', () => {
  const { state, lobby } = inLobby();
  for (let seq = 2; seq <= 9; seq += 1) model.take(state, said(seq, 'bob', `${seq}`));
  model.jump(state, lobby, [said(2, 'bob', '2'), said(3, 'bob', '3')]);
  assert.equal(lobby.cut, true);
  model.take(state, said(10, 'bob', '10'));
  const seqs = () => lobby.lines.map((line) => line.seq);
  assert.deepEqual(seqs(), [2, 3]);
  model.page(state, lobby, [4, 5, 6, 7, 8, 9].map((seq) => said(seq, 'bob', `${seq}`)), false, 'after');
  assert.deepEqual([seqs(), lobby.cut], [[2, 3, 4, 5, 6, 7, 8, 9], true], 'number 10 came after the page was asked for');
  model.page(state, lobby, [said(10, 'bob', '10')], false, 'after');
  assert.deepEqual([seqs(), lobby.cut, lobby.seq], [[2, 3, 4, 5, 6, 7, 8, 9, 10], false, 10]);
});

test('what was said before somebody came is no news, and a reload goes on where reading stopped', () => {
  const room = { room: 'lobby', seq: 45, first: 1, members: ['alice'] };
  const fresh = model.create();
  model.loggedIn(fresh, { ...login, rooms: [room] });
  assert.equal(model.conversation(fresh, { room: 'lobby' }).unread, 0);
  for (const [epoch, unread] of [['e1', 5], ['e0', 0]]) {
    const state = model.create();
    state.read = { me: 'alice', epoch, at: { lobby: 40 } };
    model.loggedIn(state, { ...login, rooms: [room] });
    const lobby = model.conversation(state, { room: 'lobby' });
    assert.equal(lobby.unread, unread, epoch);
    model.page(state, lobby, [said(40, 'bob', 'a'), said(45, 'bob', 'b')], true, 'before');
    assert.deepEqual([lobby.unread, lobby.lines.find((line) => line.key === lobby.fresh)?.text], epoch === 'e1' ? [1, 'b'] : [0, undefined]);
  }
});

test('a room tells what it is about, whose it is and who may enter, and an invitation waits for its answer', () => {
  const { state, lobby } = inLobby();
  const told = (seq, more) => model.take(state, { room: 'lobby', seq, time: '2026-11-25T22:13:47.123Z', ...more });
  told(2, { type: 'topic', by: 'bob', topic: 'tea' });
  told(3, { type: 'private', by: 'bob' });
  told(4, { type: 'renamed', from: 'bob', to: 'rob' });
  assert.deepEqual([lobby.topic, lobby.private, lobby.owner], ['tea', true, 'rob']);
  told(5, { type: 'owner', by: 'rob', user: 'alice' });
  told(6, { type: 'open', by: 'alice' });
  assert.deepEqual([lobby.private, lobby.owner], [false, 'alice']);
  told(7, { type: 'topic', by: 'alice' });
  assert.equal(lobby.topic, '');
  assert.ok(model.take(state, { type: 'invitation', room: 'Tea', by: 'rob' }));
  assert.deepEqual([...state.invitations.keys()], ['tea']);
  model.member(state, { room: 'Tea', seq: 1, members: ['alice'] });
  assert.equal(state.invitations.size, 0);
});
