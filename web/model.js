// What the page knows, and how events of the server change it. No document, no socket, no clock: it also runs in Node.

/** How many lines of a conversation are remembered; older ones are asked for again. */
export const KEPT_LINES = 2000;

/** The key of a name: names are one name in any case or width, as on the server. */
export const key = (name) => name.normalize('NFKC').toLowerCase();

export const same = (one, other) => key(one) === key(other);

/** @returns {State} */
export function create() {
  return {
    me: '', token: '', epoch: '', link: 'connecting', why: '', rooms: new Map(), users: new Map(), open: null, hidden: false,
    limits: { text: 8192, lines: 100, recipients: 64, file: 0 }, features: new Set(), nextKey: 1, trouble: '', read: {}, invitations: new Map(),
  };
}

/** The id of a conversation: the key of a room, or `@` and the key of a person. @param {{room?: string, with?: string}} place */
export const idOf = (place) => place.room === undefined ? `@${key(place.with ?? '')}` : key(place.room);

/**
 * A conversation of which nothing is known.
 * @returns {Conversation}
 */
export const blank = (place) => ({
  id: idOf(place), kind: place.room === undefined ? 'person' : 'room', name: place.room ?? place.with ?? '', lines: [], seq: 0, first: 1,
  read: 0, unread: 0, mentions: 0, members: [], draft: '', fresh: null, joined: false, complete: false, cut: false, loading: false,
  turn: 0, paged: false, stopped: 0, topic: '', owner: '', private: false, learned: '',
});

/**
 * The conversation of this place, made if there is none.
 * @returns {Conversation}
 */
export function conversation(state, place) {
  const id = idOf(place);
  let found = state.rooms.get(id);
  if (!found) {
    found = blank(place);
    state.rooms.set(id, found);
  }
  return found;
}

export const opened = (state) => (state.open === null ? null : state.rooms.get(state.open) ?? null);

export const isHere = (state, name) => state.users.has(key(name));

const word = /[\p{L}\p{Nd}\p{M}_]/u;

/** Whether a text speaks to a person: `@name` anywhere, or the name as a whole word. @param {string} text @param {string} name */
export function mentions(text, name) {
  const hay = key(text);
  const needle = key(name);
  if (needle === '') return false;
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) {
    if (hay[at - 1] === '@') return true;
    const before = [...hay.slice(0, at)].at(-1) ?? ' ';
    const after = [...hay.slice(at + needle.length)][0] ?? ' ';
    if (!word.test(before) && !word.test(after)) return true;
  }
  return false;
}

/**
 * Takes the answer to a login. Another epoch means that the server counts anew: what was known is thrown away. Returns the
 * rooms that this user was in and is not any more.
 */
export function loggedIn(state, answer) {
  if (state.epoch !== answer.epoch) {
    for (const where of state.rooms.values()) forgetAll(where);
  }
  state.me = answer.name;
  state.epoch = answer.epoch ?? '';
  state.token = answer.token ?? '';
  state.limits = { ...state.limits, ...answer.limits };
  state.features = new Set(answer.features ?? []);
  state.users = new Map((answer.users ?? []).map((name) => [key(name), name]));
  state.users.set(key(state.me), state.me);
  const before = listed(state, 'room');
  for (const where of before) where.joined = false;
  for (const room of answer.rooms ?? []) member(state, room);
  for (const person of answer.people ?? []) {
    const where = conversation(state, { with: person.with });
    known(state, where, person);
  }
  state.link = 'online';
  state.trouble = '';
  return before.filter((where) => !where.joined);
}

/** Throws away what is known of a conversation, but not what is still to be sent. */
export function forgetAll(where) {
  Object.assign(where, { lines: where.lines.filter((line) => line.state), seq: 0, read: 0, unread: 0, mentions: 0, fresh: null, complete: false, cut: false, paged: false });
}

/** Throws away the lines of a conversation, which are asked for again, but not what is still to be sent. */
export function forgetLines(where) {
  Object.assign(where, { lines: where.lines.filter((line) => line.state), complete: false, cut: false, loading: false, turn: where.turn + 1 });
}

/** Takes a page from the middle of a conversation. The lines behind it are asked for as they are scrolled to. */
export function jump(state, where, events) {
  forgetLines(where);
  page(state, where, events, true, 'before');
  where.cut = newest(where) < where.seq;
}

function known(state, where, numbers) {
  if (numbers.first !== undefined) where.first = numbers.first;
  // What was said before somebody entered for the first time is no news.
  const read = numbers.read ?? (where.read > 0 ? 0 : readBefore(state, where) ?? numbers.seq ?? 0);
  where.read = Math.max(where.read, read);
  if (!where.paged) where.stopped = where.read;
  // Without lines, the server's own count says what is unread until its history is here.
  if (where.lines.length === 0 && numbers.seq !== undefined) where.unread = Math.max(0, numbers.seq - where.read);
  if (where.kind === 'person') where.mentions = where.unread;
}

/** How far this person had read when the page was open before, if the numbers are the same. */
const readBefore = (state, where) => (state.read.me === key(state.me) && state.read.epoch === state.epoch ? state.read.at?.[where.id] : undefined);

/**
 * Takes a room that this user is a member of, from the answer to a login, a join or a creation.
 */
export function member(state, room) {
  const where = conversation(state, { room: room.room });
  where.name = room.room;
  where.joined = true;
  state.invitations.delete(where.id);
  if (room.members) where.members = [...room.members];
  known(state, where, room);
  return where;
}

function lineOf(state, event) {
  const from = event.from ?? event.by ?? event.user;
  const mine = from !== undefined && same(from, state.me) && event.type !== 'renamed';
  return {
    key: state.nextKey++, type: event.type, seq: event.seq, time: event.time, from, text: event.text, file: event.file, mine,
    mention: event.type === 'message' && !mine && mentions(event.text ?? '', state.me), version: 0, event,
  };
}

/**
 * Takes an event of a conversation as it happens. Returns whether it was new: what is not newer than what is known
 * changes nothing.
 */
export function take(state, event) {
  if (event.type === 'presence') return presence(state, event);
  if (event.type === 'read') return readElsewhere(state, event);
  if (event.type === 'invitation') { state.invitations.set(key(event.room), event); return true; }
  const where = event.type === 'announcement' ? opened(state) : event.room === undefined && event.with === undefined ? null : conversation(state, event);
  if (!where) return false;
  if (event.seq !== undefined) {
    if (event.seq <= where.seq) return false;
    where.seq = event.seq;
  }
  happened(state, where, event);
  const line = lineOf(state, event);
  replaceOwn(where, line);
  if (!where.cut) append(where, line);
  const looking = state.open === where.id && !state.hidden;
  if (line.mine && line.type === 'message') where.fresh = null;
  if (looking) where.read = Math.max(where.read, where.seq);
  else if (!line.mine && !isNotice(line)) count(where, line);
  return true;
}

/** The line that the server tells stands for the one that was being sent. */
function replaceOwn(where, line) {
  const isIt = ({ state, upload, seq }) => state === 'sending' && (upload
    ? line.file?.name === upload.name && line.file.size === upload.size
    : seq !== undefined && seq === line.seq);
  const own = line.mine ? where.lines.findIndex(isIt) : -1;
  if (own >= 0) where.lines.splice(own, 1);
}

/** Whether a line of the past says something new to somebody who has read up to this number. */
const isNews = (line, read) => !line.mine && line.seq !== undefined && line.seq > read && !isNotice(line);

function count(where, line) {
  if (where.fresh === null) where.fresh = line.key;
  where.unread += 1;
  if (line.mention || where.kind === 'person') where.mentions += 1;
}

/** Lines that are still being sent stay at the end. */
function append(where, line) {
  let at = where.lines.length;
  while (at > 0 && where.lines[at - 1].state !== undefined && line.state === undefined) at -= 1;
  where.lines.splice(at, 0, line);
  if (where.lines.length > KEPT_LINES) {
    where.lines.splice(0, where.lines.length - KEPT_LINES);
    where.complete = false;
  }
}

/** What an event says about who is here and who is a member. */
function happened(state, where, event) {
  const me = key(state.me);
  const without = (name) => where.members.filter((other) => !same(other, name));
  if (event.type === 'created') {
    where.owner = event.by;
    where.members = [...(event.members ?? [])];
    where.joined = true;
    for (const name of where.members) state.users.set(key(name), name);
  } else if (event.type === 'joined') {
    where.members = [...without(event.user), event.user];
    state.users.set(key(event.user), event.user);
    if (key(event.user) === me) where.joined = true;
  } else if (event.type === 'left' || event.type === 'kicked' || event.type === 'banned') {
    where.members = without(event.user);
    if (event.type === 'left' && event.why !== undefined && event.why !== 'left') state.users.delete(key(event.user));
    if (key(event.user) === me) where.joined = false;
  } else if (event.type === 'closed') {
    Object.assign(where, { members: [], joined: false });
  } else if (event.type === 'topic') {
    where.topic = event.topic ?? '';
  } else if (event.type === 'private' || event.type === 'open') {
    where.private = event.type === 'private';
  } else if (event.type === 'owner') {
    where.owner = event.user;
  } else if (event.type === 'renamed') {
    if (same(where.owner, event.from)) where.owner = event.to;
    renamed(state, event.from, event.to);
  }
}

function renamed(state, from, to) {
  for (const where of state.rooms.values()) where.members = where.members.map((name) => (same(name, from) ? to : name));
  state.users.delete(key(from));
  state.users.set(key(to), to);
  if (same(from, state.me)) state.me = to;
}

function presence(state, event) {
  for (const name of event.gone ?? []) state.users.delete(key(name));
  for (const name of event.here ?? []) state.users.set(key(name), name);
  return true;
}

/** Another window of this user has read. */
function readElsewhere(state, event) {
  const where = state.rooms.get(idOf(event));
  if (!where) return false;
  where.read = Math.max(where.read, event.seq);
  if (where.read >= where.seq) Object.assign(where, { unread: 0, mentions: 0, fresh: null });
  return true;
}

/**
 * Takes a page of history: ascending events that come before what is known, or behind it (after a gap).
 * @param {boolean} more whether the server has further events in that direction
 */
export function page(state, where, events, more, direction) {
  where.loading = false;
  const have = new Set(where.lines.map((line) => line.seq));
  const lines = events.filter((event) => !have.has(event.seq)).map((event) => lineOf(state, event));
  const last = events.at(-1)?.seq ?? 0;
  if (direction === 'after') {
    for (const line of lines) {
      replaceOwn(where, line);
      append(where, line);
      if (isNews(line, where.read)) count(where, line);
    }
    where.lines.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity) || a.key - b.key);
    // What was said since the page was asked for is not in it.
    if (newest(where) >= where.seq) where.cut = false;
  } else {
    where.lines.unshift(...lines);
    if (!where.paged) firstPage(state, where);
    if (!more) where.complete = true;
  }
  where.seq = Math.max(where.seq, last);
}

/** The first page of a conversation says what is new in it. */
function firstPage(state, where) {
  Object.assign(where, { unread: 0, mentions: 0, fresh: null, paged: true });
  for (const line of where.lines) if (isNews(line, where.stopped)) count(where, line);
  if (state.open === where.id && !state.hidden) look(state, where.id);
}

/**
 * A line that this user is sending; it stays pending until the server has answered.
 */
export function sending(state, where, text, nonce, time) {
  /** @type {Line} */
  const line = { key: state.nextKey++, type: 'message', time, from: state.me, text, nonce, mine: true, mention: false, state: 'sending', version: 0 };
  where.lines.push(line);
  where.fresh = null;
  return line;
}

/** A file that this user is sending; the line is there until the server tells of the file. */
export function uploading(state, where, { name, size }, time) {
  const line = sending(state, where, undefined, undefined, time);
  return Object.assign(line, { type: 'file', upload: { name, size, sent: 0, state: 'waiting' } });
}

/**
 * The server has taken a line. In a room its event follows, and stands for it from then on; a private line has no event
 * of its own.
 */
export function sent(where, line, answer) {
  if (!where.lines.includes(line)) return;
  line.seq = answer.seq;
  if (answer.time) line.time = answer.time;
  line.version += 1;
  const arrived = answer.seq !== undefined && where.lines.some((other) => other !== line && other.seq === answer.seq);
  if (arrived) where.lines.splice(where.lines.indexOf(line), 1);
  else if (where.kind === 'person' || answer.seq === undefined || answer.seq <= where.seq) {
    line.state = undefined;
    line.error = undefined;
    if (answer.seq !== undefined) where.seq = Math.max(where.seq, answer.seq);
  }
}

export function failed(line, error) {
  line.state = 'failed';
  line.error = error;
  line.version += 1;
}

export function forget(where, line) {
  where.lines = where.lines.filter((other) => other !== line);
}

/** Whether two lines stand under one head: the same person, within five minutes, on one day. */
export function continues(line, before) {
  if (!before || isNotice(line) || isNotice(before) || line.from !== before.from) return false;
  const gap = new Date(line.time).getTime() - new Date(before.time).getTime();
  return gap < 5 * 60_000 && sameDay(line.time, before.time);
}

export const isNotice = (line) => line.type !== 'message' && line.type !== 'file';

export const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/** Opens a conversation: it is read from now on. The "New" line stays where reading stopped. */
export function look(state, id) {
  const where = state.rooms.get(id);
  if (!where) return null;
  if (state.open !== id) {
    const left = opened(state);
    if (left) left.fresh = null;
  }
  state.open = id;
  where.read = Math.max(where.read, where.seq);
  where.unread = 0;
  where.mentions = 0;
  return where;
}

/** The lowest number of the lines that are here. */
export const oldest = (where) => where.lines.find((line) => line.seq !== undefined)?.seq;

/** The highest number of the lines that are here. */
export const newest = (where) => where.lines.findLast((line) => line.seq !== undefined)?.seq ?? 0;

/** What a login says that the page has. */
export function have(state) {
  /** @type {Record<string, number>} */
  const rooms = {};
  /** @type {Record<string, number>} */
  const people = {};
  for (const where of state.rooms.values()) {
    if (where.seq > 0) (where.kind === 'room' ? rooms : people)[where.name] = where.seq;
  }
  return { rooms, people };
}

/** How many lines call for this person, in all conversations. */
export const badge = (state) => [...state.rooms.values()].reduce((sum, where) => sum + where.mentions, 0);

/** Rooms first, then people, each by name. */
export const listed = (state, kind) => [...state.rooms.values()].filter((where) => where.kind === kind && (kind === 'person' || where.joined))
  .sort((a, b) => (kind === 'person' ? (b.lines.at(-1)?.time ?? '').localeCompare(a.lines.at(-1)?.time ?? '') : 0) || key(a.name).localeCompare(key(b.name)));

/**
 * The conversation before or behind the open one; with `unreadOnly` the next that has something new.
 */
export function nextTo(state, step, unreadOnly) {
  const all = [...listed(state, 'room'), ...listed(state, 'person')];
  const at = all.findIndex((where) => where.id === state.open);
  for (let i = 1; i <= all.length; i += 1) {
    const where = all[(at + step * i + all.length * 2) % all.length];
    if (!unreadOnly || where.unread > 0) return where.id;
  }
  return null;
}
