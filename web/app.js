// Wiring: the connection, the state and the views of it.
import { h } from './dom.js';
import * as model from './model.js';
import { Link, nonce } from './socket.js';
import { Uploads } from './upload.js';
import * as view from './view.js';
import { explained, lang, speak, words } from './words.js';

const HISTORY_PAGE = 50;
const wide = () => innerWidth > 1020;
const narrow = () => innerWidth <= 720;

/** What the browser keeps for this person; it may keep nothing (private windows). */
const kept = {
  get: (name, otherwise = '') => { try { return localStorage.getItem(name) ?? otherwise; } catch { return otherwise; } },
  set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* nothing is kept */ } },
  token: {
    get: () => { try { return sessionStorage.getItem('token') ?? ''; } catch { return ''; } },
    set: (value) => { try { sessionStorage.setItem('token', value); } catch { /* nothing is kept */ } },
  },
};

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
const state = model.create();
try { state.read = JSON.parse(kept.get('read', '{}')); } catch { /* it was written by something else */ }
/** @type {Record<string, string>} */
const settings = { lang: kept.get('lang', navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'), theme: kept.get('theme', 'auto'), sound: kept.get('sound', 'no'), notify: kept.get('notify', 'no') };
/** @type {ReturnType<typeof view.door> | null} */
let door = null;
/** @type {ReturnType<typeof view.sidebar> | null} */
let sidebar = null;
/** @type {ReturnType<typeof view.conversation> | null} */
let main = null;
/** @type {ReturnType<typeof view.search> | null} */
let search = null;
/** @type {HTMLElement | null} */
let shell = null;
let showPeople = wide();
let pane = 'rooms';
/** @type {{needle: string, events: any[], cursor?: string}} */
let hits = { needle: '', events: [] };
/** @type {any} */
let hovered = null;
let shuttingDown = false;
/** When the server stops, if it has said so. */
let stopsAt = 0;
/** @type {string[]} */
let keptRooms = kept.get('rooms').split(' ').filter((room) => room !== '');

const link = new Link(state, {
  event: received,
  online(left) {
    shuttingDown = false;
    stopsAt = 0;
    kept.set('name', state.me);
    kept.token.set(state.token);
    if (door) { door = null; build(); }
    for (const where of model.listed(state, 'room')) if (where.unread > 0 || where.id === state.open) catchUp(where);
    const open = model.opened(state);
    if (open?.joined) learn(open);
    if (state.open === null) openFirst();
    refresh();
    return Promise.all([...left.map(comeBack), ...remembered().map((where) => enterAgain(where, 'join_room', false))])
      .then(() => { if (state.open === null) openFirst(); });
  },
  refused(error) {
    kept.token.set('');
    if (!door) showDoor();
    door?.busy(false);
    door?.refused(error);
  },
  changed() {
    if (link.hello) door?.asks(link.hello.password ?? 'none');
    refresh();
  },
});

const uploads = new Uploads({ ask: (request) => link.ask(request), online: () => state.link === 'online', limit: () => state.limits.file, changed: refresh, explained: (error) => (error.limit ? words.tooLarge(view.size(error.limit)) : explained(error)) });

function received(event) {
  if (event.type === 'stops_in') { stopsAt = Date.now() + event.seconds * 1000; drawStrip(); return; }
  if (event.type === 'shutdown') { shuttingDown = true; return; }
  if (event.type === 'not_taken' || event.type === 'taken_again') { state.trouble = event.type === 'not_taken' ? event.detail : ''; refresh(); return; }
  if (event.type === 'gap') { gap(event); return; }
  const openBefore = model.opened(state);
  if (!model.take(state, event)) return;
  const where = event.room === undefined && event.with === undefined ? null : model.conversation(state, event);
  const line = where?.lines.at(-1);
  if (where && line && !line.mine && (line.mention || (where.kind === 'person' && !model.isNotice(line)))) called(where, line);
  if (where && where === openBefore && !document.hidden) tellRead(where);
  if (where && !where.joined && where === openBefore && where.kind === 'room') { state.open = null; openFirst(); }
  refresh();
}

/** The server could not replay so much: the newest page is asked for, the rest when it is scrolled to. */
function gap(event) {
  const where = model.conversation(state, event);
  model.forgetLines(where);
  where.seq = event.to;
  load(where, { before: event.to + 1 }, 'before');
}

/** The rooms that this person was in when the page was opened before. Each is entered again once, if it is still there. */
function remembered() {
  const names = keptRooms;
  keptRooms = [];
  return names.filter((name) => !state.rooms.get(model.key(name))?.joined).map((room) => model.conversation(state, { room }));
}

/** A guest is in no room when he comes back: he enters those that he was in, and hears what he has missed. */
function comeBack(where) {
  if (where.seq === 0 || !state.features.has('resume')) return enterAgain(where, 'join_room');
  return link.ask({ type: 'resume', room: where.name, after: where.seq }).then((answer) => {
    const users = new Map(state.users);
    model.member(state, answer);
    for (const event of answer.events ?? []) received(event);
    // Who has left meanwhile may be here again.
    state.users = users;
    model.member(state, answer);
    refresh();
  }, (error) => {
    // The server knows fewer lines than this page: they were lost with a disk.
    if (error.code === 'bad-number') model.forgetAll(where);
    return error.code === 'lost' ? refresh() : enterAgain(where, 'join_room');
  });
}

function enterAgain(where, type, makes = true) {
  const last = where.seq;
  return link.ask({ type, room: where.name }).then((answer) => {
    model.member(state, answer);
    if (last > 0 && answer.seq > last + 1) load(where, { after: last }, 'after'); else if (where.unread > 0 || where.id === state.open) catchUp(where);
    refresh();
  }, (error) => {
    if (error.code === 'no-such-room' && makes) return enterAgain(where, 'create_room');
    // Once: a private room exists, and is none that can be joined.
    return error.code === 'room-exists' ? enterAgain(where, 'join_room', false) : refresh();
  });
}

function called(where, line) {
  if (settings.sound === 'yes') beep();
  if (settings.notify === 'yes' && document.hidden && 'Notification' in window && Notification.permission === 'granted') {
    const shown = new Notification(line.from ?? '', { body: line.text ?? line.file?.name ?? '', tag: where.id });
    shown.onclick = () => { window.focus(); act.open(where.id); shown.close(); };
  }
}

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.25);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
  tone.onended = () => audio.close();
}

let readTimer = 0;
/** Tells the server how far this person has read; not for every line. */
function tellRead(where) {
  if (!state.features.has('read')) return;
  clearTimeout(readTimer);
  readTimer = window.setTimeout(() => { if (where.seq > 0) link.ask({ type: 'read', ...place(where), seq: where.seq }).catch(() => {}); }, 800);
}

const place = (where) => (where.kind === 'room' ? { room: where.name } : { with: where.name });

function load(where, range, direction) {
  if (!state.features.has('history') || where.loading) return;
  where.loading = true;
  const turn = where.turn;
  link.ask({ type: 'history', ...place(where), ...range, limit: HISTORY_PAGE }).then((answer) => {
    // Its lines have been thrown away since.
    if (turn !== where.turn) return;
    const change = () => model.page(state, where, answer.events ?? [], answer.more ?? false, direction);
    if (!main || main.where !== where) change(); else if (where.cut) { change(); main.further(); } else main.keepPlace(change);
    if (where.id === state.open && !document.hidden) tellRead(where);
    if (direction === 'after' && answer.more && !where.cut) load(where, { after: where.lines.findLast((line) => line.seq !== undefined)?.seq }, direction);
    refresh();
  }, () => { where.loading = false; });
}

/** The first page of a conversation that is opened for the first time. */
function catchUp(where) {
  if (!state.features.has('history')) { where.complete = true; return; }
  const first = model.oldest(where);
  if (first === 1) where.complete = true;
  if (!where.complete && where.lines.length < HISTORY_PAGE) load(where, first === undefined ? {} : { before: first }, 'before');
}

/** What a room is about, whose it is and who may enter. */
function learn(where) {
  if (where.kind !== 'room' || where.learned === state.token) return;
  where.learned = state.token;
  link.ask({ type: 'topic', room: where.name }).then((answer) => { where.topic = answer.topic ?? ''; refresh(); }, () => {});
  link.ask({ type: 'show_room', room: where.name }).then((answer) => { where.owner = answer.owner ?? ''; where.private = answer.private ?? false; refresh(); }, () => {});
}

function openFirst() {
  const wanted = kept.get('open');
  const rooms = model.listed(state, 'room');
  const first = state.rooms.get(wanted)?.joined ? wanted : rooms[0]?.id;
  if (first === undefined) { build(); return; }
  const before = pane;
  act.open(first);
  if (narrow()) { pane = before; refresh(); }
}

/** @type {Act} */
const act = {
  open(id) {
    const where = model.look(state, id);
    if (!where) return;
    kept.set('open', id);
    pane = 'chat';
    catchUp(where);
    learn(where);
    if (!document.hidden) tellRead(where);
    // One that is open already stays where it is read.
    if (main?.where === where) refresh(); else build();
    if (!narrow()) main?.focus();
  },
  person(name) { act.open(model.conversation(state, { with: name }).id); },
  back() { pane = 'rooms'; refresh(); },
  focus() { main?.focus(); },
  people() { showPeople = search ? true : !showPeople; search = null; beside(showPeople); },
  search() { search = search ? null : view.search(state, act); hits = { needle: '', events: [] }; beside(search !== null); search?.focus(); },
  names() { link.ask({ type: 'list_users' }).then((answer) => { state.users = new Map(answer.users.map((name) => [model.key(name), name])); refresh(); }, () => {}); },
  theme() { act.set('theme', effectiveTheme() === 'dark' ? 'light' : 'dark'); },
  language() { const name = door ? /** @type {HTMLInputElement} */ (root.querySelector('[name=name]')).value : ''; act.set('lang', lang === 'zh' ? 'en' : 'zh'); if (door) showDoor(name); },
  set(name, value) {
    settings[name] = value;
    kept.set(name, value);
    if (name === 'theme') applyTheme();
    if (name === 'lang') { speak(value); if (!door) { closeDialogs(); build(); } }
    if (name === 'notify' && value === 'yes' && 'Notification' in window) Notification.requestPermission();
  },
  settings() { openDialog(view.settings(settings, act)); },
  logOut() { link.quit(); kept.token.set(''); kept.set('rooms', ''); closeDialogs(); location.reload(); },
  enter(name, password) {
    if (name === '') { door?.focus(); return; }
    door?.busy(true);
    link.start({ name, password });
  },
  rooms() {
    link.ask({ type: 'list_rooms' }).then((answer) => openDialog(view.rooms(state, answer.rooms ?? [], act)), () => {});
  },
  join(room, dialog, problem) { enter('join_room', room, dialog, problem); },
  create(room, dialog, problem) { enter('create_room', room, dialog, problem); },
  leave(where) { link.ask({ type: 'leave_room', room: where.name }).catch(() => {}); },
  send(where, text) {
    deliver(where, model.sending(state, where, text, nonce(), new Date().toISOString()));
    refresh();
  },
  again(line) {
    const where = main?.where;
    if (!where) return;
    line.state = 'sending';
    line.version += 1;
    // It has been refused; the same nonce would get the same answer.
    line.nonce = nonce();
    deliver(where, line);
    refresh();
  },
  discard(line) { if (main) { model.forget(main.where, line); refresh(); } },
  older(where) {
    const first = model.oldest(where);
    if (first !== undefined && first > 1) load(where, { before: first }, 'before'); else if (first === 1) where.complete = true;
    refresh();
  },
  newer(where) { load(where, { after: model.newest(where) }, 'after'); },
  latest(where) { model.forgetLines(where); load(where, {}, 'before'); refresh(); },
  about(where) { openDialog(view.about(state, where, act)); },
  rule(where, request, problem) { link.ask({ ...request, room: where.name }).then((answer) => { problem.textContent = answer.failed?.length ? explained(answer.failed[0]) : words.done; }, (error) => { problem.textContent = explained(error); }); },
  accept(room) { state.invitations.delete(model.key(room)); refresh(); enter('join_room', room); },
  files(list) { const where = main?.where; if (where) for (const file of list) uploads.add(where, model.uploading(state, where, file, new Date().toISOString()), file); main?.toTheEnd(); },
  cancelUpload(line) { uploads.cancel(line); },
  goOn(line) { uploads.goOn(line); },
  find(needle) {
    hits = { needle, events: [] };
    if (needle === '') { search?.show([], '', false); return; }
    search?.busy();
    act.moreHits();
  },
  moreHits() {
    const { needle, cursor } = hits;
    link.ask({ type: 'search', text: needle, limit: 20, cursor }).then((answer) => {
      // Other words are looked for meanwhile.
      if (hits.needle !== needle) return;
      hits = { needle, events: [...hits.events, ...answer.events], cursor: answer.cursor };
      search?.show(hits.events, needle, hits.cursor !== undefined);
    }, () => search?.show(hits.events, needle, false));
  },
  showHit(event) {
    const where = model.conversation(state, event);
    act.open(where.id);
    const known = where.lines.find((line) => line.seq === event.seq);
    if (known) { main?.show(known.key); return; }
    link.ask({ type: 'history', ...place(where), around: event.seq, limit: HISTORY_PAGE }).then((answer) => {
      model.jump(state, where, answer.events ?? []);
      const line = where.lines.find((found) => found.seq === event.seq);
      if (line) main?.show(line.key);
    }, () => {});
  },
  copy() {
    const line = lineAt(hovered);
    const text = line?.text ?? line?.file?.name ?? '';
    if (navigator.clipboard) navigator.clipboard.writeText(text).catch(() => selectText(hovered));
    else selectText(hovered);
  },
  mention() { const line = lineAt(hovered); if (line?.from) main?.insert(`@${line.from}`); },
};

/** Enters a room, by whatever request, and shows it. */
function enter(type, room, dialog, problem) {
  link.ask({ type, room }).then((answer) => { model.member(state, answer); dialog?.close(); act.open(model.key(answer.room)); }, (error) => { if (problem) problem.textContent = explained(error); });
}

const lineAt = (element) => main?.where.lines.find((line) => String(line.key) === element?.dataset.key);

/** Without a secure context the clipboard is out of reach: the text is selected instead. */
function selectText(element) {
  const text = element?.querySelector('.text');
  if (text) getSelection()?.selectAllChildren(text);
}

function deliver(where, line) {
  const request = where.kind === 'room' ? { type: 'send_room', room: where.name } : { type: 'send_message', to: [where.name] };
  link.ask({ ...request, text: line.text, nonce: line.nonce }).then((answer) => {
    const refusal = answer.failed?.[0];
    if (refusal) model.failed(line, explained(refusal));
    else model.sent(where, line, where.kind === 'room' ? answer : { time: answer.time, ...answer.sent?.[0] });
    refresh();
  }, (error) => { model.failed(line, explained(error)); refresh(); });
}

function openDialog(dialog) { closeDialogs(); root.append(dialog); dialog.showModal(); }
function closeDialogs() { document.querySelectorAll('dialog').forEach((open) => open.close()); }

const effectiveTheme = () => (settings.theme === 'auto' ? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') : settings.theme);
function applyTheme() {
  if (settings.theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = settings.theme;
}

function showDoor(name) {
  door = view.door({ name: name ?? kept.get('name'), password: '' }, act);
  shell = null;
  main = null;
  sidebar = null;
  root.replaceChildren(door.element);
  document.title = location.hostname;
  if (link.hello) door.asks(link.hello.password ?? 'none');
  door.focus();
  return door;
}

const acts = view.actions(act);

/** Makes the views anew: another conversation, another language, another side panel. */
function build() {
  if (door) return;
  const where = model.opened(state);
  sidebar = view.sidebar(state, act);
  const find = /** @type {HTMLInputElement | null} */ (shell?.querySelector('#find') ?? null);
  main = where ? view.conversation(state, where, act) : null;
  shell = h('main.shell');
  shell?.append(sidebar.element, main?.element ?? view.nothing(act));
  root.replaceChildren(/** @type {HTMLElement} */ (shell));
  if (find?.value) /** @type {HTMLInputElement} */ (shell?.querySelector('#find')).value = find.value;
  refresh();
  main?.typed();
}

/** Shows something beside the conversation, or nothing. The lines break elsewhere then, and the one that is read stays. */
function beside(something) {
  pane = something && narrow() ? 'people' : 'chat';
  if (main) main.keepPlace(redraw); else redraw();
}

let readKept = kept.get('read');
/** Remembers over a reload how far this person has read. */
function keepRead() {
  const at = Object.fromEntries(model.listed(state, 'room').map((where) => [where.id, where.read]));
  const now = JSON.stringify({ me: model.key(state.me), epoch: state.epoch, at });
  if (state.link === 'online' && keptRooms.length === 0 && now !== readKept) { readKept = now; kept.set('read', now); }
}

let planned = false;
/** Draws what has changed, once for all events of a turn. */
function refresh() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => { planned = false; redraw(); });
  // A hidden page has no frames, but its title counts on.
  if (document.hidden) setTimeout(() => { if (planned) { planned = false; redraw(); } }, 200);
}

function redraw() {
  if (!shell || door) return;
  const where = model.opened(state);
  shell.dataset.pane = pane;
  sidebar?.refresh();
  main?.refresh();
  const side = search ? search.element : showPeople && where?.kind === 'room' ? view.people(state, where, act) : null;
  const shown = shell.querySelector('.people');
  if (shown !== side) { shown?.remove(); if (side) shell.append(side); }
  main?.pressed(search !== null, !search && showPeople);
  keepRead();
  drawStrip();
  if (state.link === 'online' && keptRooms.length === 0) kept.set('rooms', model.listed(state, 'room').map((room) => room.name).join(' '));
  document.title = view.title(state);
  const icon = /** @type {HTMLLinkElement} */ (document.querySelector('link[rel=icon]'));
  const wanted = new URL(model.badge(state) ? 'icon-unread.svg' : 'icon.svg', import.meta.url).href;
  if (icon.href !== wanted) icon.href = wanted;
}

function drawStrip() {
  if (!main) return;
  if (state.link === 'ended') { main.notice(words.replaced, { label: words.useHere, click: () => { state.why = ''; state.link = 'waiting'; link.start(link.credentials); } }); return; }
  if (state.link === 'online') {
    const left = Math.ceil((stopsAt - Date.now()) / 1000);
    main.notice(left > 0 ? words.stopsIn(left) : state.trouble && words.notTaken(state.trouble), null);
    return;
  }
  const seconds = Math.ceil((link.retryAt - Date.now()) / 1000);
  const text = shuttingDown && seconds > 0 ? words.standsStill : seconds > 0 ? words.waiting(seconds) : words.tryingNow;
  main.notice(text, { label: words.tryNow, click: () => link.hurry() });
}

setInterval(() => { if (state.link === 'waiting' || stopsAt > 0) drawStrip(); }, 500);
document.addEventListener('visibilitychange', () => {
  state.hidden = document.hidden;
  if (!document.hidden && state.open !== null) { const where = model.look(state, state.open); if (where) tellRead(where); refresh(); }
});
addEventListener('keydown', (event) => {
  if (!shell || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); pane = 'rooms'; refresh(); /** @type {HTMLInputElement | null} */ (shell.querySelector('#find'))?.focus(); }
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) { event.preventDefault(); const id = model.nextTo(state, event.key === 'ArrowUp' ? -1 : 1, event.shiftKey); if (id) act.open(id); }
  if (event.key === 'Escape' && !document.querySelector('dialog') && (search || (showPeople && (narrow() ? pane === 'people' : !wide())))) { if (search) act.search(); else act.people(); main?.focus(); }
});

let depth = 0;
const hasFiles = (event) => state.features.has('files') && main !== null && (event.dataTransfer?.types.includes('Files') ?? false);
addEventListener('dragenter', (event) => { if (hasFiles(event)) { depth += 1; main?.element.classList.add('dragging'); } });
addEventListener('dragleave', () => { depth = Math.max(0, depth - 1); if (depth === 0) main?.element.classList.remove('dragging'); });
addEventListener('dragover', (event) => { if (event.dataTransfer?.types.includes('Files')) event.preventDefault(); });
addEventListener('drop', (event) => {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  depth = 0;
  main?.element.classList.remove('dragging');
  if (hasFiles(event)) act.files([...event.dataTransfer.files]);
});
addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  // A table or a text that was copied may bring a picture of itself.
  if (files.length && main && state.features.has('files') && !event.clipboardData?.types.includes('text/plain')) { event.preventDefault(); act.files(files); }
});
addEventListener('beforeunload', (event) => { if (uploads.jobs.size > 0) event.preventDefault(); });
root.addEventListener('mouseover', (event) => {
  const line = /** @type {Element} */ (event.target).closest?.('.msg');
  if (line && acts.parentNode !== line) { line.append(acts); hovered = line; }
});
addEventListener('resize', () => { if (!wide() && !(narrow() && pane === 'people')) showPeople = false; refresh(); });

speak(settings.lang);
applyTheme();
const token = kept.token.get();
const name = kept.get('name');
const shown = showDoor(name);
if (token && name) { shown.busy(true); link.start({ token, name }); } else link.connect();
