// A message as elements: code, links and mentions, and nothing else.
import { h } from './dom.js';
import { key, same } from './model.js';

const link = /https?:\/\/[^\s<>"'`，。；：！？、（）【】《》「」『』“”‘’]+/gu;
/** @type {Record<string, string>} */
const opening = { ')': '(', ']': '[', '}': '{' };

/** A link without what belongs to the sentence around it: punctuation at its end, and a bracket that it did not open. */
export function trimmed(url) {
  for (;;) {
    const last = url.at(-1) ?? '';
    const unopened = last in opening && url.split(last).length > url.split(opening[last]).length;
    if (!/[.,;:!?]/u.test(last) && !unopened) return url;
    url = url.slice(0, -1);
  }
}

function withMentions(text, names, me) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(/@([\p{L}\p{Nd}\p{M}_-]{1,64})/gu)) {
    const wanted = key(match[1]);
    const known = names.filter((name) => wanted.startsWith(key(name))).sort((a, b) => b.length - a.length)[0];
    if (!known) continue;
    const name = match[1].slice(0, known.length);
    out.push(text.slice(from, match.index), h('span', { class: same(name, me) ? 'at self' : 'at' }, `@${name}`));
    from = match.index + 1 + name.length;
  }
  out.push(text.slice(from));
  return out;
}

function withLinks(text, names, me) {
  const out = [];
  let from = 0;
  for (const match of text.matchAll(link)) {
    const url = trimmed(match[0]);
    if (url.length <= 'https://'.length) continue;
    out.push(withMentions(text.slice(from, match.index), names, me),
      h('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, url));
    from = match.index + url.length;
  }
  out.push(withMentions(text.slice(from), names, me));
  return out;
}

/**
 * The text of a message as nodes. Three backticks make a block of code, one makes a word of code.
 * @param {string[]} names who can be mentioned
 */
export function formatted(text, names, me) {
  return text.split(/```(?:\w*\n)?([\s\S]*?)\n?```\n?/u).map((part, i) => i % 2
    ? h('pre', { tabindex: '0' }, h('code', part))
    : part.split(/`([^`\n]+)`/u).map((piece, j) => j % 2 ? h('code', piece) : withLinks(piece, names, me)));
}
