// Sends files. The server says on the chat connection where the bytes go; that connection stays free for talk.
import * as model from './model.js';

/** Uploads under way at once: the server takes four of one person. */
const AT_ONCE = 3;
/** How often an upload that gets no further goes on by itself. */
const TRIES = 5;
/** The first pause before that, in milliseconds; it doubles. */
const PAUSE = 300;
/** How long it is waited for the room that the file is for, once the connection is back, in milliseconds. */
const ROOM = 15_000;

const pause = (time) => new Promise((wake) => setTimeout(wake, time));

/**
 * @typedef {object} Job
 * @property {File} file
 * @property {Conversation} where
 * @property {Line} line stands for the file until the server tells of it
 * @property {string} address where its bytes go; empty until the server has said so
 * @property {AbortController} abort
 */

/** What the server says of an upload that it does not take, such as `error: no-space: ...`. */
export function errorIn(text, status) {
  const [, code, detail] = /^error: ([a-z-]+): (.*)/su.exec(text) ?? [];
  return code ? { code, detail: detail.trim() } : { code: status ? `HTTP ${status}` : 'lost', detail: text.trim() };
}

/** How many bytes the server has of an upload; null if it does not know it. */
async function offset(address) {
  const answer = await fetch(address, { method: 'HEAD', cache: 'no-store' });
  return answer.ok ? Number(answer.headers.get('Upload-Offset') ?? 0) : null;
}

/**
 * One PUT from this byte on. Ends with the status of the answer; 0 if the connection broke.
 * @returns {Promise<{status: number, text: string}>}
 */
function put({ file, address, abort }, from, progress) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    if (from > 0) request.setRequestHeader('Upload-Offset', String(from));
    request.upload.onprogress = (event) => progress(from + event.loaded);
    request.onload = () => done({ status: request.status, text: request.responseText });
    request.onerror = () => done({ status: 0, text: '' });
    request.onabort = () => done({ status: 0, text: '' });
    abort.signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(from > 0 ? file.slice(from) : file);
  });
}

/**
 * The width and height of a picture in pixels, so that its place is kept before it is loaded; null for other files.
 * @returns {Promise<{width: number, height: number} | null>}
 */
export async function pictureSize(file) {
  if (!/^image\/(png|jpeg|gif|webp|avif)$/u.test(file.type)) return null;
  try {
    const picture = await createImageBitmap(file);
    const { width, height } = picture;
    picture.close();
    return Math.max(width, height) < 65_536 ? { width, height } : null;
  } catch {
    return null;
  }
}

/** All uploads of this page. */
export class Uploads {
  /**
   * @param {object} host what the page does for uploads
   * @param {(request: any) => Promise<any>} host.ask asks the server
   * @param {() => boolean} host.online whether it can be asked
   * @param {() => number} host.limit the largest file that it takes, in bytes; 0 if it has not said
   * @param {() => void} host.changed something is to be drawn anew
   * @param {(error: any) => string} host.explained why, in words
   */
  constructor(host) {
    this.host = host;
    /** @type {Map<Line, Job>} */
    this.jobs = new Map();
    /** @type {Job[]} */
    this.queue = [];
    this.running = 0;
  }

  /** Sends a file for which this line stands. */
  add(where, line, file) {
    this.jobs.set(line, { file, where, line, address: '', abort: new AbortController() });
    this.goOn(line);
  }

  /** Goes on where the upload has stopped. */
  goOn(line) {
    const job = this.jobs.get(line);
    if (!job) return;
    Object.assign(line, { state: 'sending', upload: { ...line.upload, state: 'waiting' } });
    this.queue.push(job);
    this.next();
  }

  next() {
    if (this.running === AT_ONCE || this.queue.length === 0) return;
    this.running += 1;
    const job = /** @type {Job} */ (this.queue.shift());
    this.send(job).then(() => this.end(job), (error) => {
      if (job.abort.signal.aborted) return;
      job.line.state = 'failed';
      Object.assign(/** @type {Upload} */ (job.line.upload), { state: 'failed', error: this.host.explained(error), final: error.final });
    }).finally(() => { this.running -= 1; this.host.changed(); this.next(); });
    this.host.changed();
  }

  end(job) {
    this.jobs.delete(job.line);
    model.forget(job.where, job.line);
  }

  /** Gives a file up. What the server has of it would count as an upload under way. */
  cancel(line) {
    const job = this.jobs.get(line);
    if (!job) return;
    job.abort.abort();
    this.queue = this.queue.filter((other) => other !== job);
    this.end(job);
    this.host.changed();
    if (job.address) this.free(job.address);
  }

  /** Tells the server that nobody goes on with an upload. */
  async free(address) {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      // It may not have noticed yet that the connection has ended.
      await pause(PAUSE * tries);
      const answer = await fetch(address, { method: 'DELETE' }).catch(() => null);
      if (answer && answer.status !== 503) return;
    }
  }

  /** Waits until the server takes something for this conversation. */
  async ready({ where, line, abort }) {
    const upload = /** @type {Upload} */ (line.upload);
    for (let waited = 0; !this.host.online() || (where.kind === 'room' && !where.joined); await pause(PAUSE)) {
      if (abort.signal.aborted) return;
      if (this.host.online() && (waited += PAUSE) > ROOM) throw { code: 'not-a-member' };
      if (upload.state !== 'paused') { upload.state = 'paused'; this.host.changed(); }
    }
    upload.state = 'sending';
  }

  async send(job) {
    const { file, where, line, abort } = job;
    const upload = /** @type {Upload} */ (line.upload);
    const limit = this.host.limit();
    if (limit > 0 && file.size > limit) throw { limit, final: true };
    await file.slice(0, 1).arrayBuffer().catch(() => { throw { code: 'unreadable' }; });
    const pixels = await pictureSize(file);
    for (let idle = 1; ; idle += 1) {
      await this.ready(job);
      // Cancelled; or the answer was lost, but the server has told of the file.
      if (abort.signal.aborted || !where.lines.includes(line)) return;
      const had = job.address ? await offset(job.address).catch(() => 0) : null;
      if (had === null) {
        const to = where.kind === 'room' ? { room: where.name } : { to: [where.name] };
        const answer = await this.host.ask({ type: 'send_file', ...to, name: file.name, size: file.size, ...pixels })
          .catch((error) => { if (!['lost', 'too-many', 'busy'].includes(error.code) || idle > TRIES) throw error; });
        if (abort.signal.aborted) { if (answer) this.free(answer.put); return; }
        if (!answer) { await pause(PAUSE * 2 ** idle); continue; }
        job.address = answer.put;
        upload.name = answer.name;
      }
      const from = had ?? 0;
      upload.sent = from;
      const { status, text } = await put(job, from, (sent) => { upload.sent = sent; this.host.changed(); });
      if (abort.signal.aborted || (status >= 200 && status < 300)) return;
      if (upload.sent > from) idle = 1;
      // Broken off, no longer known, not all of it, or many others at once: that may be better in a while.
      if (![0, 404, 409, 503].includes(status) || idle > TRIES) throw errorIn(text, status);
      await pause(PAUSE * 2 ** idle);
    }
  }
}
