// The state as elements. A view is made once and refreshed; what a click does comes in as a function of `act`.
import { arrange, h, icon, tile, tool } from './dom.js';
import * as model from './model.js';
import { formatted } from './text.js';
import { explained, lang, words } from './words.js';

/** At most this many lines of a conversation are in the document. */
const SHOWN_LINES = 200;
/** The log follows new lines if its end is at most this many pixels away. */
const AT_THE_END = 80;


// One formatter for all: to make one costs more than to draw a line.
/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();
function formatter(name, options) {
  const id = name + lang;
  if (!formatters.has(id)) formatters.set(id, new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', options));
  return /** @type {Intl.DateTimeFormat} */ (formatters.get(id));
}
const clock = (time) => formatter('clock', { hour: '2-digit', minute: '2-digit' }).format(new Date(time));

/** A size as people read it, such as `31.0 MB`. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${(bytes / 1000).toFixed(bytes < 9950 ? 1 : 0)} kB`;
  return bytes < 999_500_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function dayName(time) {
  const now = new Date();
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (model.sameDay(time, now)) return words.today;
  if (model.sameDay(time, yesterday)) return words.yesterday;
  const year = new Date(time).getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return formatter(`day${year}`, { weekday: 'long', day: 'numeric', month: 'long', year }).format(new Date(time));
}

const when = (time) => (model.sameDay(time, new Date()) ? clock(time) : dayName(time));
const titled = (where) => (where.kind === 'room' ? `#${where.name}` : where.name);
const and = () => (lang === 'zh' ? '、' : ', ');

function noticeText(line) {
  const spell = words.notices[line.type];
  return spell ? spell(line.event, and()) : [line.from ?? '', ` ${line.type}`];
}

function preview(state, where, line) {
  if (model.isNotice(line) && !line.upload) return noticeText(line).join('');
  const who = line.mine ? words.you : where.kind === 'room' ? line.from : '';
  return (who ? `${who}: ` : '') + (line.text?.replace(/\s+/gu, ' ').slice(0, 120) ?? line.file?.name ?? line.upload?.name ?? '');
}

function row(state, where, act) {
  const count = where.mentions || where.unread;
  const last = where.lines.at(-1);
  const label = h('span.label', where.name, h('span.last', last ? preview(state, where, last) : ''));
  const badge = count ? h('span', { class: where.mentions ? 'badge' : 'badge quiet' }, count > 99 ? '99+' : count) : null;
  return h('li', h('button', { class: where.unread ? 'row unread' : 'row', 'aria-current': where.id === state.open ? 'true' : null, onclick: () => act.open(where.id) },
    where.kind === 'person' ? tile(where.name, { small: true, here: model.isHere(state, where.name) }) : h('span.hash', { 'aria-hidden': 'true' }, '#'),
    label, h('span.side-info', last ? h('time.when', when(last.time)) : null, badge)));
}

export function sidebar(state, act) {
  const find = h('input', { type: 'search', placeholder: words.find, 'aria-label': words.find, id: 'find', autocomplete: 'off' });
  const rooms = h('ul');
  const people = h('ul');
  const link = h('div.link-state', { role: 'status' });
  const me = h('div.me');
  const element = h('nav.side', { 'aria-label': words.rooms },
    h('div.bar', h('img.brand', { src: new URL('icon.svg', import.meta.url).href, alt: '' }),
      h('div.grow', h('div.brand-name ellipsis', location.hostname), link), tool('moon', words.theme, act.theme)),
    h('label.find', icon('search'), find, h('kbd', 'Ctrl K')),
    h('div.lists',
      h('div.group', h('h2', words.rooms), tool('plus', words.newRoom, act.rooms)), rooms,
      h('div.group', h('h2', words.people)), people),
    me);
  const refresh = () => {
    const wanted = model.key(find.value.trim());
    const fits = (where) => model.key(where.name).includes(wanted);
    rooms.replaceChildren(...model.listed(state, 'room').filter(fits).map((where) => row(state, where, act)));
    rooms.append(...[...state.invitations.values()].map(({ room, by }) => h('li', h('button.row unread', { onclick: () => act.accept(room) }, h('span.hash', { 'aria-hidden': 'true' }, '+'), h('span.label', room, h('small', words.invites(by)))))));
    people.replaceChildren(...model.listed(state, 'person').filter(fits).map((where) => row(state, where, act)));
    if (wanted) {
      const others = [...state.users.values()].filter((name) => model.key(name).includes(wanted) && !model.same(name, state.me) && !state.rooms.has(`@${model.key(name)}`));
      people.append(...others.slice(0, 8).map((name) => row(state, model.blank({ with: name }), { open: () => act.person(name) })));
    }
    link.dataset.state = state.link;
    link.textContent = state.link === 'online' ? words.online : state.link === 'ended' ? words.offline : words.trying;
    me.replaceChildren(tile(state.me, { here: state.link === 'online' }), h('div.grow ellipsis', h('strong', state.me)), tool('gear', words.settings, act.settings));
  };
  const first = () => /** @type {HTMLButtonElement | null} */ (element.querySelector('.lists .row'));
  // Somebody may have come who is in none of these rooms.
  find.addEventListener('focus', act.names);
  find.addEventListener('input', refresh);
  find.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && find.value.trim()) { const target = first(); find.value = ''; if (target) target.click(); else act.rooms(); refresh(); }
    if (event.key === 'Escape') { find.value = ''; refresh(); act.focus(); }
    if (event.key === 'ArrowDown') { event.preventDefault(); first()?.focus(); }
  });
  return { element, refresh };
}

const ending = (name) => (name.match(/\.([A-Za-z0-9]{1,4})$/u)?.[1] ?? 'file').toUpperCase();

/** A picture has at most so many pixels of the page; one of which nobody has said how large it is has this place. */
const PICTURE = { widest: 418, highest: 298, width: 280, height: 210 };

function fileCard(file) {
  if (!/^image\/(png|jpeg|gif|webp|avif)$/u.test(file.kind)) {
    return h('a.file', { href: file.url, download: file.name }, h('span.kind', { 'aria-hidden': 'true' }, ending(file.name)),
      h('span.grow', h('span.name', file.name), h('span.size', size(file.size))));
  }
  const { width, height } = file.width && file.height ? file : PICTURE;
  const scale = Math.min(1, PICTURE.widest / width, PICTURE.highest / height);
  const picture = h('img', { src: file.url, alt: file.name, width: Math.max(24, Math.round(width * scale)), height: Math.max(24, Math.round(height * scale)), loading: 'lazy' });
  // Whatever the picture turns out to be, nothing around it moves.
  picture.style.setProperty('aspect-ratio', `${picture.width} / ${picture.height}`);
  const shot = h('a.shot', { href: file.url, target: '_blank', rel: 'noopener', title: `${file.name}, ${size(file.size)}` }, picture);
  picture.addEventListener('error', () => shot.replaceWith(fileCard({ ...file, kind: '' })));
  return shot;
}

const uploadText = ({ sent, size: all, state }) => (state === 'waiting' ? words.uploadWaits : state === 'paused' ? words.uploadPaused : words.uploading(size(sent), size(all)));

function uploadCard(line, act) {
  const { name, size: all, sent, state, error, final } = /** @type {Upload} */ (line.upload);
  const bar = h('progress', { max: all || 1, value: sent, 'aria-label': name });
  return h('div.file', h('span.kind', { 'aria-hidden': 'true' }, ending(name)),
    h('span.grow', h('span.name', name),
      state === 'failed' ? h('span.size bad', { role: 'alert' }, `${words.uploadFailed} ${error}`, final ? '' : h('button', { onclick: () => act.goOn(line) }, words.again)) : [h('span.size', uploadText(line.upload)), bar]),
    tool('close', words.cancel, () => act.cancelUpload(line)));
}

/** Shows how far an upload is, and leaves its buttons where they are. */
function uploadProgress(element, upload) {
  element.querySelector('.size').textContent = uploadText(upload);
  element.querySelector('progress').value = upload.sent;
}

/** What can be done with a line: one box for all lines, put where the pointer is. */
export const actions = (act) => h('div.acts', tool('copy', words.copy, act.copy), tool('reply', words.mention, act.mention));

function message(state, line, head, act) {
  const time = () => h('time', { datetime: line.time }, clock(line.time));
  const body = [
    line.text === undefined ? null : h('div.text', { dir: 'auto' }, formatted(line.text, [...state.users.values()], state.me)),
    line.file ? fileCard(line.file) : null, line.upload ? uploadCard(line, act) : null,
    line.state === 'failed' && !line.upload ? h('div.state failed', { role: 'alert' }, words.failed, line.error ? ` ${line.error}` : '', h('button', { onclick: () => act.again(line) }, words.again), h('button', { onclick: () => act.discard(line) }, words.discard)) : null];
  const classes = ['msg', head && 'head', line.mention && 'mention', line.state];
  return h('li', { class: classes.filter(Boolean).join(' '), 'data-key': line.key },
    head ? tile(line.from ?? '') : time(),
    h('div.body', head ? h('div.meta', h('span.who', line.from), time()) : h('span.sr', line.from), body));
}

function notice(line) {
  const [who, rest] = noticeText(line);
  return h('li.notice', { 'data-key': line.key }, h('b', who), rest, ' ', h('time', { datetime: line.time }, clock(line.time)));
}

/** The open conversation. */
export function conversation(state, where, act) {
  const about = h('span.about');
  const searchTool = tool('search', words.search, act.search);
  const peopleTool = tool('people', words.membersTitle, act.people);
  const list = h('ol');
  const start = h('div.start');
  const log = h('div.log', { tabindex: '0', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-label': titled(where) }, h('div.inner', start, list));
  const jump = h('button.jump hidden', { onclick: () => { toTheEnd(); refresh(); log.scrollTop = log.scrollHeight; act.focus(); } }, icon('down'), h('span'));
  const strip = h('div.strip hidden', { role: 'status' });
  const box = h('textarea', { rows: '1', 'aria-label': words.write(titled(where)), placeholder: words.write(titled(where)), enterkeyhint: 'send', id: 'box' });
  const go = h('button.send', { 'aria-label': words.send, title: words.send, onclick: () => submit() }, icon('send'));
  const pick = h('input', { type: 'file', multiple: true, class: 'hidden', tabindex: '-1', 'aria-label': words.attach, onchange: () => { act.files([...pick.files]); pick.value = ''; } });
  const clip = tool('clip', words.attach, () => pick.click());
  const problem = h('span.problem', { role: 'alert' });
  box.value = where.draft;

  /** @type {Map<number, {element: any, stamp: string}>} */
  const drawn = new Map();
  /** How many lines were here when the view was last drawn at its end; null while it follows the end. @type {number | null} */
  let end = null;
  let pinned = true;
  let unseen = 0;
  let last = where.lines.at(-1)?.key ?? 0;

  /** Follows the end from now on. */
  const toTheEnd = () => {
    end = null;
    pinned = true;
    unseen = 0;
    if (where.cut) act.latest(where);
  };
  const tooLong = () => {
    const over = new TextEncoder().encode(box.value).length - state.limits.text;
    if (over > 0) return words.tooLong(over);
    return box.value.split('\n').length > state.limits.lines ? words.tooManyLines(state.limits.lines) : '';
  };
  const submit = () => {
    const text = box.value.replace(/\s+$/u, '');
    if (text === '' || tooLong() !== '') return;
    box.value = '';
    where.draft = '';
    typed();
    toTheEnd();
    act.send(where, text);
    box.focus();
  };
  const typed = () => {
    where.draft = box.value;
    box.style.setProperty('height', 'auto');
    box.style.setProperty('height', `${box.scrollHeight}px`);
    problem.textContent = tooLong();
    go.disabled = box.value.trim() === '' || problem.textContent !== '';
  };
  box.addEventListener('input', typed);
  box.addEventListener('keydown', (event) => {
    // An input method's Enter chooses a word. Safari has ended the composition by then, and only the code 229 tells.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });

  const draw = (line, head) => {
    const stamp = `${line.version} ${head} ${line.state} ${line.upload?.state === 'failed'} ${lang}`;
    const known = drawn.get(line.key);
    if (known?.stamp === stamp) { if (line.state === 'sending' && line.upload) uploadProgress(known.element, line.upload); return known.element; }
    const element = model.isNotice(line) && !line.upload ? notice(line) : message(state, line, head, act);
    drawn.set(line.key, { element, stamp });
    return element;
  };
  /** @type {Map<string, HTMLElement>} */
  const dividers = new Map();
  const divider = (id, kind, text) => {
    const name = id + text;
    if (!dividers.has(name)) dividers.set(name, h('li', { class: kind }, text));
    return /** @type {HTMLElement} */ (dividers.get(name));
  };

  const refresh = () => {
    const lines = where.lines;
    const newest = lines.at(-1);
    if (newest && newest.key !== last) {
      // Several may have come since the page was drawn.
      for (let at = lines.length - 1; !pinned && at >= 0 && lines[at].key > last; at -= 1) if (!lines[at].mine) unseen += 1;
      last = newest.key;
    }
    if (pinned) { end = null; unseen = 0; }
    else if (end === null) end = lines.length;
    const upTo = end === null ? lines.length : Math.min(lines.length, Math.max(end, SHOWN_LINES));
    const from = Math.max(0, upTo - SHOWN_LINES);
    /** @type {HTMLElement[]} */
    const children = [];
    /** @type {Line | null} */
    let before = null;
    for (const line of lines.slice(from, upTo)) {
      if (!before || !model.sameDay(before.time, line.time)) { children.push(divider(`d${line.key}`, 'day', dayName(line.time))); before = null; }
      if (where.fresh === line.key) { children.push(divider(`f${line.key}`, 'fresh', words.fresh)); before = null; }
      children.push(draw(line, !model.continues(line, before)));
      before = line;
    }
    arrange(list, children);
    for (const id of [...drawn.keys()]) if (!drawn.get(id)?.element.isConnected) drawn.delete(id);
    start.replaceChildren(...(where.complete && from === 0 ? [h('strong', titled(where)), words.startOf(titled(where))] : [where.loading ? words.older : '']));
    const here = where.members.filter((name) => model.isHere(state, name)).length;
    about.textContent = where.kind === 'person' ? (model.isHere(state, where.name) ? words.online : words.away) : [where.private && words.private, words.here(here), where.topic].filter(Boolean).join(' · ');
    about.title = where.topic;
    jump.classList.toggle('hidden', pinned && upTo === lines.length && !where.cut);
    jump.lastChild.textContent = words.down(unseen);
    clip.classList.toggle('hidden', !state.features.has('files'));
    searchTool.classList.toggle('hidden', !state.features.has('search'));
    if (pinned) log.scrollTop = log.scrollHeight;
  };
  /** Where the first line that can be seen stands; what stands between lines goes when older ones come. */
  const placeOfFirst = () => {
    const first = [...list.querySelectorAll('[data-key]')].find((line) => line.getBoundingClientRect().bottom > log.getBoundingClientRect().top);
    return { key: first?.getAttribute('data-key'), top: first?.getBoundingClientRect().top ?? 0 };
  };
  /** Puts that line back where it was. It may have been drawn anew, for it may stand under another head. */
  const keep = (place) => {
    const line = list.querySelector(`[data-key="${place.key}"]`);
    if (line) log.scrollTop += line.getBoundingClientRect().top - place.top;
  };
  /** Shows older lines, and puts the first line that was visible back where it was. */
  const older = () => {
    const place = placeOfFirst();
    const hidden = Math.max(0, (end ?? where.lines.length) - SHOWN_LINES);
    if (hidden > 0) { end = Math.max(SHOWN_LINES, (end ?? where.lines.length) - SHOWN_LINES / 2); refresh(); }
    keep(place);
    if (hidden === 0 && !where.complete && !where.loading) act.older(where);
  };
  /** Shows newer lines, and keeps the place as well. */
  const further = () => {
    const place = placeOfFirst();
    end = Math.min(where.lines.length, Math.max(end ?? 0, SHOWN_LINES) + SHOWN_LINES / 2);
    last = where.lines.at(-1)?.key ?? 0;
    refresh();
    keep(place);
  };
  log.addEventListener('scroll', () => {
    const atTheEnd = log.scrollHeight - log.scrollTop - log.clientHeight < AT_THE_END;
    const isEnd = end === null || end >= where.lines.length;
    if (atTheEnd && !isEnd) { further(); return; }
    if (atTheEnd && where.cut) { pinned = false; act.newer(where); return; }
    if (pinned !== (atTheEnd && isEnd)) { pinned = atTheEnd && isEnd; if (pinned) { end = null; unseen = 0; } jump.classList.toggle('hidden', pinned); jump.lastChild.textContent = words.down(unseen); }
    if (log.scrollTop < 200) older();
  }, { passive: true });

  // A log that follows the end goes on doing so when its width or its pictures change.
  const observer = new ResizeObserver(() => { if (pinned) log.scrollTop = log.scrollHeight; });
  observer.observe(log);
  observer.observe(/** @type {Element} */ (log.firstElementChild));

  const element = h('section.main', { 'aria-label': titled(where) },
    h('header.bar', tool('back', words.back, act.back, { class: 'tool back' }),
      h('div.title', h('h1', where.kind === 'person' ? where.name : [h('span.hash', { 'aria-hidden': 'true' }, '#'), where.name]), about),
      searchTool, where.kind === 'person' ? null : [peopleTool, tool('sliders', words.aboutRoom, () => act.about(where)), tool('leave', words.leave, () => act.leave(where))]),
    log, jump, strip,
    h('div.dock', h('div.inner', h('div.composer', pick, clip, box, go),
      h('div.hint', h('span', h('kbd', 'Shift'), ' ', h('kbd', 'Enter'), ' ', words.newline), problem))),
    h('div.drop', { 'aria-hidden': 'true' }, h('div', words.drop(titled(where)), h('small', words.dropAbout(size(state.limits.file))))));

  return {
    element, where, refresh, further, toTheEnd, focus: () => box.focus({ preventScroll: true }), typed,
    /** @param {string} text puts a text into the composer, at its end */
    insert(text) { box.value = `${box.value}${box.value && !/\s$/u.test(box.value) ? ' ' : ''}${text} `; typed(); box.focus(); },
    /** Keeps the place of what is read while older lines come in above it. */
    keepPlace(change) {
      const place = placeOfFirst();
      const before = where.lines.length;
      change();
      if (end !== null) end += where.lines.length - before;
      refresh();
      if (!pinned) keep(place);
      // Whoever is at the top cannot scroll further up to ask for more.
      if (!pinned && log.scrollTop < 200) older();
    },
    /** Shows a line and lets it flash. */
    show(lineKey) {
      const at = where.lines.findIndex((line) => line.key === lineKey);
      if (at < 0) return;
      pinned = false;
      end = Math.min(where.lines.length, Math.max(SHOWN_LINES, at + SHOWN_LINES / 2));
      last = where.lines.at(-1)?.key ?? 0;
      refresh();
      const found = /** @type {HTMLElement | null} */ (list.querySelector(`[data-key="${lineKey}"]`));
      found?.scrollIntoView({ block: 'center' });
      found?.classList.add('flash');
    },
    notice(text, button) {
      strip.classList.toggle('hidden', text === '');
      if (text !== '') strip.replaceChildren(icon('wait'), h('span.grow', text), button ? h('button.pill', { onclick: button.click }, button.label) : '');
    },
    pressed(search, people) { searchTool.setAttribute('aria-pressed', String(search)); peopleTool.setAttribute('aria-pressed', String(people)); },
  };
}

/** The place of a conversation while none is open. */
export const nothing = (act) => h('section.main empty', h('div', h('h1', words.empty), h('p', words.emptyAbout), h('button.btn', { onclick: act.rooms }, words.start)));

export function people(state, where, act) {
  const here = where.members.filter((name) => model.isHere(state, name));
  const away = where.members.filter((name) => !model.isHere(state, name));
  const one = (name) => h('li', h('button', { class: model.isHere(state, name) ? 'row' : 'row off', disabled: model.same(name, state.me), onclick: () => act.person(name) },
    tile(name, { small: true, here: model.isHere(state, name) }), h('span.label', name, model.same(name, state.me) ? ` (${words.you})` : '')));
  const group = (title, names) => (names.length ? [h('div.group', h('h2', title)), h('ul', [...names].sort((a, b) => model.key(a).localeCompare(model.key(b))).map(one))] : null);
  return h('aside.people', { 'aria-label': words.membersTitle },
    h('div.bar', h('span.grow', words.membersTitle), tool('close', words.close, act.people)),
    h('div.lists', group(words.here(here.length), here), group(words.away, away)));
}

function marked(text, needle) {
  const parts = needle.split(/\s+/u).filter(Boolean).map((part) => part.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'));
  if (parts.length === 0) return [text];
  return text.split(new RegExp(`(${parts.join('|')})`, 'iu')).map((part, i) => (i % 2 ? h('mark', part) : part));
}

/** The search, in the place of the people. */
export function search(state, act) {
  const box = h('input', { type: 'search', 'aria-label': words.search, placeholder: words.searchHint, autocomplete: 'off' });
  const note = h('div.quiet-note', { role: 'status' });
  const hits = h('ul.lists');
  let timer = 0;
  const ask = () => act.find(box.value.trim());
  box.addEventListener('input', () => { clearTimeout(timer); timer = window.setTimeout(ask, 250); });
  box.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) { clearTimeout(timer); ask(); } });
  const element = h('aside.people found', { 'aria-label': words.search },
    h('div.bar', h('span.grow', words.search), tool('close', words.close, act.search)),
    h('label.find', icon('search'), box), note, hits);
  const show = (events, needle, more) => {
    note.textContent = needle === '' ? '' : words.hits(events.length, more);
    hits.replaceChildren(...events.map((event) => h('li', h('button.hit', { onclick: () => act.showHit(event) },
      h('span.meta', h('b', event.from), event.room ? `#${event.room}` : event.with, h('time.when', { datetime: event.time }, when(event.time))), h('p', { dir: 'auto' }, marked(event.text ?? '', needle))))));
    if (more) hits.append(h('li', h('button.pill', { onclick: act.moreHits }, words.moreHits)));
  };
  return { element, show, busy: () => { note.textContent = words.searching; }, focus: () => box.focus() };
}

function dialog(title, ...children) {
  const element = h('dialog', { 'aria-label': title });
  element.append(h('div.bar', h('h2.grow', title), tool('close', words.close, () => element.close())), ...children);
  element.addEventListener('close', () => element.remove());
  element.addEventListener('click', (event) => { if (event.target === element) element.close(); });
  return element;
}

/** The rooms of the server, and a new one. */
export function rooms(state, all, act) {
  const box = h('input', { type: 'search', placeholder: words.roomName, 'aria-label': words.roomName, autocomplete: 'off', maxlength: '64' });
  const list = h('ul.lists');
  const problem = h('p.quiet-note bad', { role: 'alert' });
  const element = dialog(words.newRoom, h('label.find', icon('search'), box), problem, list);
  const refresh = () => {
    const wanted = box.value.trim().replace(/^#/u, '');
    const fitting = all.filter(({ room }) => model.key(room).includes(model.key(wanted)));
    const one = ({ room, members }) => {
      const joined = state.rooms.get(model.key(room))?.joined;
      return h('li', h('div.row', h('span.hash', { 'aria-hidden': 'true' }, '#'), h('span.label', room, h('small', words.members(members))),
        h('button', { class: joined ? 'pill' : 'pill strong', 'aria-label': `${joined ? words.openIt : words.joinIt} ${room}`, onclick: () => (joined ? (element.close(), act.open(model.key(room))) : act.join(room, element, problem)) }, joined ? words.openIt : words.joinIt)));
    };
    list.replaceChildren(...fitting.slice(0, 200).map(one));
    const exists = all.some(({ room }) => model.same(room, wanted));
    if (wanted !== '' && !exists) list.append(h('li', h('button.row', { onclick: () => act.create(wanted, element, problem) }, h('span.hash', { 'aria-hidden': 'true' }, '+'), h('span.label', words.create(wanted)))));
    else if (all.length === 0) list.append(h('li.quiet-note', words.noRooms));
  };
  box.addEventListener('input', refresh);
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
    /** @type {HTMLButtonElement | null} */ (list.querySelector('button'))?.click();
  });
  refresh();
  return element;
}

/** What a room is about and who may be in it; its owner can change that. */
export function about(state, where, act) {
  const owns = model.same(where.owner, state.me);
  const problem = h('p.quiet-note', { role: 'status' });
  const topic = h('input', { value: where.topic, maxlength: '390', 'aria-label': words.topic });
  const who = h('input', { 'aria-label': words.name, placeholder: words.whom, autocomplete: 'off', maxlength: '64' });
  const deeds = ['invite', ...(owns ? ['kick', 'ban', 'unban', 'give_room'] : [])];
  const deed = h('select', { 'aria-label': words.deed }, deeds.map((value) => h('option', { value }, words.deeds[value])));
  const submit = (rule) => (event) => { event.preventDefault(); act.rule(where, rule(), problem); };
  const send = () => h('button.pill strong', { type: 'submit' }, words.apply);
  const withWhom = () => (deed.value === 'invite' ? { type: 'invite', users: [who.value.trim()] } : { type: deed.value, user: who.value.trim() });
  return dialog(titled(where), h('div.lists about-room',
    h('p', where.owner && words.owner(where.owner), where.private ? ` ${words.private}` : ''),
    owns ? h('form.choice', { onsubmit: submit(() => ({ type: 'topic', text: topic.value.trim() })) }, topic, send()) : h('p', where.topic),
    h('form.choice', { onsubmit: submit(withWhom) }, deed, who, send()),
    owns ? h('button.btn', { onclick: submit(() => ({ type: 'set_room', private: !where.private })) }, where.private ? words.makeOpen : words.makePrivate) : null, problem));
}

export function settings(settings, act) {
  const choice = (name, label, options) => h('label.choice', h('span.grow', label),
    h('select', { onchange: (event) => act.set(name, event.target.value) }, options.map(([value, text]) => h('option', { value, selected: settings[name] === value }, text))));
  /** @type {[string, string][]} */
  const onOff = [['no', words.no], ['yes', words.yes]];
  const canNotify = window.isSecureContext && 'Notification' in window;
  return dialog(words.settings, h('div.lists',
    choice('lang', words.language, [['en', 'English'], ['zh', '中文']]),
    choice('theme', words.themeTitle, [['auto', words.themeAuto], ['light', words.themeLight], ['dark', words.themeDark]]),
    choice('sound', words.sound, onOff),
    canNotify ? choice('notify', words.notifications, onOff) : h('p.quiet-note', words.notificationsOff),
    canNotify && Notification.permission === 'denied' ? h('p.quiet-note bad', words.notificationsDenied) : null,
    h('button.btn', { onclick: act.logOut }, words.leaveChat)));
}

/** The card with which one enters. */
export function door(known, act) {
  const secure = window.isSecureContext;
  const name = h('input', { name: 'name', autocomplete: 'username', maxlength: '64', autocapitalize: 'off', spellcheck: 'false', required: true, value: known.name, 'aria-describedby': 'name-hint' });
  const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password', 'aria-describedby': 'password-hint' });
  const hint = h('small', { id: 'name-hint' }, words.nameHint);
  const passwordHint = h('small', { id: 'password-hint' }, words.passwordHint);
  const enter = h('button.btn', { type: 'submit' }, words.enter);
  const passwordField = h('label.field', h('span', words.password), password, passwordHint);
  const element = h('main.door', h('form.card', { onsubmit: (event) => { event.preventDefault(); act.enter(name.value.trim(), password.value); } },
    h('img.brand', { src: new URL('icon.svg', import.meta.url).href, alt: '' }), h('h1', words.join), h('p', words.joinAbout),
    h('label.field', h('span', words.name), name, hint), passwordField, enter,
    secure || location.protocol === 'https:' ? null : h('p.plain-note', words.notEncrypted),
    h('footer', h('span', location.hostname), h('button', { onclick: act.language }, lang === 'zh' ? 'English' : '中文'))));
  return {
    element, focus: () => name.focus(),
    /** Whether the server knows accounts. @param {string} kind `none`, `optional` or `required` */
    asks(kind) { passwordField.classList.toggle('hidden', kind === 'none'); },
    busy(on) { enter.disabled = on; enter.textContent = on ? words.entering : words.enter; },
    refused(error) {
      const fields = [[name, hint, words.nameHint], [password, passwordHint, words.passwordHint]];
      for (const [input, text, idle] of fields) { input.removeAttribute('aria-invalid'); text.textContent = idle; text.className = ''; text.removeAttribute('role'); }
      const [field, at, idle] = fields[Number(['wrong-password', 'insecure'].includes(error.code))];
      field.setAttribute('aria-invalid', 'true');
      at.textContent = explained(error) || idle;
      at.className = 'bad';
      at.setAttribute('role', 'alert');
      field.focus();
    },
  };
}

/** The title of the page: how many lines call for this person, and where they are. */
export function title(state) {
  const count = model.badge(state);
  const where = model.opened(state);
  return `${count ? `(${count}) ` : ''}${where ? `${titled(where)} · ` : ''}${location.hostname}`;
}
