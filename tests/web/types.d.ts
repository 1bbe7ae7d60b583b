// The types of the page's values, for the type check alone: the page is plain JavaScript.

interface FileInfo { id: string; name: string; size: number; sha256?: string; kind: string; url: string; width?: number; height?: number }
interface Upload { name: string; size: number; sent: number; state: 'waiting' | 'sending' | 'paused' | 'failed'; error?: string; final?: boolean }
/** A line of a conversation. `key` is the page's own number for it, `version` changes when it must be drawn again. */
interface Line {
  key: number; type: string; seq?: number; time: string; from?: string; text?: string; nonce?: string; mine: boolean; mention: boolean;
  state?: 'sending' | 'failed'; error?: string; file?: FileInfo; upload?: Upload; version: number; event?: any;
}
/** `seq`: the highest number seen; `first`: the lowest that the server has; `fresh`: the key of the first unread line; `cut`: lines behind the last one are not here;
 * `turn`: how often the lines were thrown away; `paged`: the newest page has come; `stopped`: the number where reading stopped;
 * `learned`: the token of the session that has asked whose room it is. */
interface Conversation {
  id: string; kind: 'room' | 'person'; name: string; lines: Line[]; seq: number; first: number; read: number; unread: number; mentions: number;
  members: string[]; draft: string; fresh: number | null; joined: boolean; complete: boolean; cut: boolean; loading: boolean;
  turn: number; paged: boolean; stopped: number; topic: string; owner: string; private: boolean; learned: string;
}
interface State {
  me: string; token: string; epoch: string; link: 'connecting' | 'online' | 'waiting' | 'ended'; why: string; rooms: Map<string, Conversation>;
  users: Map<string, string>; open: string | null; hidden: boolean; limits: { text: number; lines: number; recipients: number; file: number };
  features: Set<string>; nextKey: number; trouble: string; read: { me?: string; epoch?: string; at?: Record<string, number> };
  invitations: Map<string, { room: string; by: string }>;
}
interface Place { room?: string; with?: string }
interface Credentials { name?: string; password?: string; token?: string }
interface ServerError { code: string; detail?: string }
type Act = Record<string, (...values: any[]) => void>;
type Child = Node | string | number | null | undefined | false;
type Children = Child | Child[] | Child[][] | Child[][][];
