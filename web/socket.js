// The connection to the server: login, requests and their answers, and coming back after a loss.
import * as model from './model.js';

/** A connection that says nothing for this long is asked whether it lives. */
const QUIET = 25_000;
/** The answer to that question must come within this time. */
const ANSWER = 10_000;
/** The first pause before connecting again; it doubles up to the longest one. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/**
 * @typedef {object} Listener
 * @property {(event: any) => void} event an event of the server
 * @property {(left: Conversation[]) => Promise<unknown>} online logged in, and no more in these rooms
 * @property {(error: any) => void} refused the login was refused
 * @property {() => void} changed the state of the link has changed
 */

/** A number that nobody can guess, for sends that must happen once. Works without a secure context. */
export function nonce() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Link {
  constructor(state, listener) {
    this.state = state;
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Map<number, {request: any, done: (answer: any) => void, failed: (error: any) => void}>} */
    this.waiting = new Map();
    this.nextId = 1;
    this.pause = 0;
    /** When the next attempt is made, in milliseconds of the page's clock; 0 if none is planned. */
    this.retryAt = 0;
    /** @type {Credentials} */
    this.credentials = {};
    /** @type {any} */
    this.hello = null;
    this.heard = 0;
    this.timers = { retry: 0, quiet: 0, answer: 0 };
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.hurry(); });
  }

  /** Connects and logs in with these. */
  start(credentials) {
    this.credentials = credentials;
    this.pause = 0;
    if (this.socket?.readyState === WebSocket.OPEN && this.hello) this.logIn();
    else this.connect();
  }

  connect() {
    clearTimeout(this.timers.retry);
    this.retryAt = 0;
    this.drop();
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    this.socket = socket;
    this.hello = null;
    socket.onmessage = (message) => { if (this.socket === socket) this.received(message.data); };
    socket.onclose = (event) => { if (this.socket === socket) this.lost(event.code); };
  }

  /** Forgets a socket without hearing of its end. */
  drop() {
    if (this.socket) {
      const old = this.socket;
      this.socket = null;
      old.onmessage = null;
      old.onclose = null;
      old.close();
    }
  }

  received(data) {
    this.alive();
    const said = JSON.parse(data);
    if (said.type === 'hello') {
      this.hello = said;
      this.listener.changed();
      if (this.credentials.name !== undefined || this.credentials.token) this.logIn();
      return;
    }
    if ((said.type === 'ok' || said.type === 'error') && said.id !== undefined) {
      const asked = this.waiting.get(said.id);
      this.waiting.delete(said.id);
      if (said.type === 'ok') asked?.done(said);
      else asked?.failed(said);
      return;
    }
    if (said.type === 'error' && said.code === 'replaced') this.state.why = 'replaced';
    this.listener.event(said);
  }

  logIn() {
    const { name, password, token } = this.credentials;
    const request = token
      ? { type: 'login', token, name, epoch: this.state.epoch, have: model.have(this.state) }
      : { type: 'login', name, password: password || undefined, epoch: this.state.epoch || undefined, have: model.have(this.state) };
    this.ask(request, false).then((answer) => {
      this.pause = 0;
      this.credentials = { ...this.credentials, name: answer.name, token: answer.token ?? '' };
      this.listener.online(model.loggedIn(this.state, answer)).then(() => this.sendAgain());
    }, (error) => {
      if (error.code === 'lost') return;
      // A token that has expired is no reason to ask the person: the name may still be free.
      if (token && name !== undefined) { this.credentials = { name, password }; this.logIn(); return; }
      this.listener.refused(error);
    });
  }

  /**
   * Sends a request. The promise ends with the answer or with the error of the server. If the connection is lost, a
   * request with a nonce is sent again after the next login; another one fails with the code `lost`.
   * @param {boolean} [loggedIn] whether it waits for a login
   * @returns {Promise<any>}
   */
  ask(request, loggedIn = true) {
    return new Promise((done, failed) => {
      const id = this.nextId++;
      const ready = this.socket?.readyState === WebSocket.OPEN && (!loggedIn || this.state.link === 'online');
      if (!ready && !request.nonce) { failed({ code: 'lost', detail: '' }); return; }
      this.waiting.set(id, { request, done, failed });
      if (ready) this.socket?.send(JSON.stringify({ ...request, id }));
    });
  }

  /** What was not answered before the loss and may be said twice without harm is said again. */
  sendAgain() {
    for (const [id, { request }] of this.waiting) if (request.nonce) this.socket?.send(JSON.stringify({ ...request, id }));
  }

  /** @param {number} code the code of the WebSocket's close */
  lost(code) {
    this.socket = null;
    clearTimeout(this.timers.quiet);
    clearTimeout(this.timers.answer);
    for (const [id, { request, failed }] of this.waiting) {
      if (!request.nonce) { this.waiting.delete(id); failed({ code: 'lost', detail: '' }); }
    }
    if (code === 4001 || this.state.why === 'replaced') {
      this.state.link = 'ended';
      this.state.why = 'replaced';
    } else {
      this.state.link = this.state.me === '' ? 'connecting' : 'waiting';
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.pause) * (0.75 + Math.random() / 2);
      this.pause += 1;
      this.retryAt = Date.now() + pause;
      this.timers.retry = window.setTimeout(() => this.connect(), pause);
    }
    this.listener.changed();
  }

  /** Tries at once instead of waiting, for example when the network is back. */
  hurry() {
    if (this.state.link === 'ended') return;
    if (this.socket === null) { this.pause = 0; this.connect(); }
    else if (Date.now() - this.heard > QUIET) this.question();
  }

  /** Takes note that the server has said something. */
  alive() {
    this.heard = Date.now();
    clearTimeout(this.timers.quiet);
    clearTimeout(this.timers.answer);
    this.timers.quiet = window.setTimeout(() => this.question(), QUIET);
  }

  question() {
    if (this.state.link !== 'online') return;
    this.ask({ type: 'ping' }).catch(() => {});
    clearTimeout(this.timers.answer);
    this.timers.answer = window.setTimeout(() => { this.drop(); this.lost(0); }, ANSWER);
  }

  /** Leaves for good. */
  quit() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: 'quit', id: this.nextId++ }));
    clearTimeout(this.timers.retry);
    clearTimeout(this.timers.quiet);
    this.drop();
  }
}
