// Elements from plain values. Text always becomes a text node, so nothing that a person wrote becomes markup.


const svgTags = new Set(['svg', 'path', 'circle']);
const properties = new Set(['value', 'max', 'disabled', 'checked', 'selected']);

/**
 * Makes an element, with the class that stands behind a dot in `name`. The attributes may be left out, and one that is
 * null, undefined or false is; `onclick` and its like are listeners; `hue` sets the CSS variable of a tile.
 * @returns {any}
 */
export function h(name, attributes, ...children) {
  const [tag, classes] = name.split('.');
  if (attributes?.constructor !== Object) { children.unshift(attributes); attributes = {}; }
  const element = svgTags.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  // A button sends no form unless it says so.
  if (tag === 'button') element.setAttribute('type', 'button');
  if (classes) element.setAttribute('class', classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'hue') /** @type {HTMLElement} */ (element).style.setProperty('--hue', String(value));
    else if (properties.has(name)) /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(.../** @type {any[]} */ (children.flat(9)).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Makes `parent` hold exactly these children, and leaves alone those that are in place already. */
export function arrange(parent, children) {
  const keep = new Set(children);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
}

/** @type {Record<string, string>} */
const paths = {
  search: 'M11 19a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM21 21l-4.3-4.3',
  people: 'M16 20v-1.5a4 4 0 0 0-4-4H6.5a4 4 0 0 0-4 4V20M9.2 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM21.5 20v-1.5a4 4 0 0 0-3-3.8M15.5 4.2a3.5 3.5 0 0 1 0 6.7',
  clip: 'M21 11.5 12.3 20a5.5 5.5 0 0 1-7.8-7.8L13.4 3.4a3.7 3.7 0 0 1 5.2 5.2L9.8 17.3a1.8 1.8 0 0 1-2.6-2.6l8-7.9',
  send: 'M4.5 12h14M12.5 5.5l6.5 6.5-6.5 6.5',
  plus: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  sliders: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5',
  gear: 'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10.3 2.8h3.4l.5 2.6 2 1.1 2.5-.9 1.7 3-2 1.7v2.4l2 1.7-1.7 3-2.5-.9-2 1.1-.5 2.6h-3.4l-.5-2.6-2-1.1-2.5.9-1.7-3 2-1.7v-2.4l-2-1.7 1.7-3 2.5.9 2-1.1z',
  down: 'M12 5v14M6 13l6 6 6-6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  reply: 'M9 8 4 13l5 5M4 13h9a7 7 0 0 1 7 7',
  moon: 'M20.5 14.5A8.5 8.5 0 1 1 9.5 3.5a7 7 0 0 0 11 11z',
  wait: 'M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  leave: 'M14 4h5v16h-5M4 12h11M8 8l-4 4 4 4',
};

export const icon = (name) => h('svg.icon', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('path', { d: paths[name] }));

/**
 * A square button with an icon and a name for those who cannot see it.
 */
export const tool = (name, label, onclick, more = {}) =>
  h('button.tool', { 'aria-label': label, title: label, onclick, ...more }, icon(name));

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const cjk = /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u;

/**
 * The square that stands for a person: one of 12 hues from the name, and a letter of it.
 * @param {string} name
 * @param {{small?: boolean, here?: boolean}} [more] here: a dot says whether the person is online
 */
export function tile(name, { small = false, here } = {}) {
  let hash = 7;
  for (const c of name.normalize('NFKC').toLowerCase()) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 100_003;
  const letters = [...graphemes.segment(name)].map((part) => part.segment);
  const letter = cjk.test(letters[0] ?? '') ? letters.findLast((one) => cjk.test(one)) : (letters[0] ?? '?').toUpperCase();
  return h('span', { class: small ? 'tile small' : 'tile', hue: (hash % 12) * 30 + 15, 'aria-hidden': 'true' }, letter,
    here === undefined ? null : h('span', { class: here ? 'dot' : 'dot away' }));
}
