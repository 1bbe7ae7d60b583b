// Every word that the page says, in each language.

const en = {
  join: 'Join the chat', joinAbout: 'Everyone on this network can talk here.', name: 'Your name',
  nameHint: 'Letters, digits, _ and - of any script, up to 32.', password: 'Password', passwordHint: 'Only if you have an account.',
  notEncrypted: 'This page is not encrypted. Others on the network can read what you type.',
  enter: 'Join', entering: 'Joining …',
  rooms: 'Rooms', people: 'Direct messages', here: (n) => `${n} here`, members: (n) => n === 1 ? '1 member' : `${n} members`,
  find: 'Find or jump to', online: 'Connected', trying: 'Reconnecting …', offline: 'Not connected',
  hits: (n, more) => `${n}${more ? '+' : ''} ${n === 1 && !more ? 'message' : 'messages'}, newest first`,
  searching: 'Searching …', searchHint: 'Words to look for', moreHits: 'Show more', private: 'Private', aboutRoom: 'About this room', topic: 'Topic', deed: 'What to do', whom: 'Who', apply: 'Do it', done: 'Done.', owner: (name) => `${name} owns this room.`, invites: (by) => `${by} invites you`,
  makeOpen: 'Let everybody in', makePrivate: 'Let only invited people in',
  /** @type {Record<string, string>} */ deeds: { invite: 'Invite', kick: 'Remove', ban: 'Ban', unban: 'Lift the ban of', give_room: 'Give the room to' },
  notTaken: (why) => `What is said now is not taken: ${why}.`,
  roomName: 'Name of a room', joinIt: 'Join', openIt: 'Open', create: (name) => `Create “${name}”`, noRooms: 'There is no room yet. Type a name to create one.',
  waiting: (s) => `Connection lost. Trying again in ${s} s …`, tryingNow: 'Connection lost. Trying again …', tryNow: 'Try now',
  replaced: 'You are logged in elsewhere, so this page has stopped.', useHere: 'Use it here', stopsIn: (s) => `The server stops in ${s} s. This page comes back by itself.`, standsStill: 'The server is shutting down. This page comes back when it does.',
  write: (where) => `Message ${where}`, send: 'Send', attach: 'Send files', newline: 'for a new line', today: 'Today', yesterday: 'Yesterday',
  fresh: 'New', drop: (where) => `Drop to send to ${where}`, dropAbout: (size) => `Up to ${size} each`,
  failed: 'Not sent.', again: 'Send again', discard: 'Discard', uploading: (done, all) => `${done} of ${all}`, uploadWaits: 'Waiting …', uploadPaused: 'Goes on when the connection is back',
  uploadFailed: 'Not sent.', tooLarge: (size) => `It is larger than ${size}.`, cancel: 'Cancel', close: 'Close',
  newRoom: 'Rooms to join, or a new one', membersTitle: 'People', search: 'Search', back: 'Back', theme: 'Light or dark',
  startOf: (where) => `This is where ${where} begins.`, older: 'Loading older messages …', settings: 'Settings', away: 'Offline', copy: 'Copy text', mention: 'Mention',
  down: (n) => n === 0 ? 'Newest' : n === 1 ? '1 new message' : `${n} new messages`, leave: 'Leave this room', you: 'you',
  tooLong: (n) => `${n} bytes too long`, tooManyLines: (n) => `more than ${n} lines`,
  empty: 'Choose a room, or start one.', emptyAbout: 'Rooms that you join appear on the left.', start: 'Find or create a room',
  language: 'Language', themeTitle: 'Colors', themeAuto: 'As the device', themeLight: 'Light', themeDark: 'Dark', sound: 'Sound for messages to you', notifications: 'Desktop notifications for messages to you',
  notificationsOff: 'Desktop notifications need https or localhost.', notificationsDenied: 'This browser has blocked notifications for this page.', leaveChat: 'Log out', yes: 'On', no: 'Off',
  /** @type {Record<string, (event: any, and: string) => [string, string]>} */
  notices: {
    created: (e, and) => [e.by, ` created the room${others(e, and)}`], joined: (e) => [e.user, ' joined'],
    left: (e) => [e.user, ({ quit: ' left (quit)', 'connection-closed': ' lost the connection', timeout: ' timed out', 'slow-consumer': ' left (slow connection)', removed: ' was removed from the server', 'server-stopped': ' left (server stopped)', 'server-lost': ' left (server lost)' }[/** @type {string} */ (e.why)] ?? ' left') + (e.reason ? `: ${e.reason}` : '')],
    mode: (e) => [e.by, ` set mode ${e.modes}`], renamed: (e) => [e.from, ` is now ${e.to}`], topic: (e) => [e.by, e.topic ? ` set the topic: ${e.topic}` : ' cleared the topic'],
    kicked: (e) => [e.by, ` removed ${e.user}${e.reason ? ` (${e.reason})` : ''}`], banned: (e) => [e.by, ` banned ${e.user}`], unbanned: (e) => [e.by, ` lifted the ban of ${e.user}`],
    private: (e) => [e.by, ' made the room private'], open: (e) => [e.by, ' made the room open'], owner: (e) => e.by ? [e.by, ` gave the room to ${e.user}`] : [e.user, ' has the room'], closed: (e) => [e.by, ' closed the room'], announcement: (e) => [e.by, ` announces: ${e.text}`], gap: () => ['', 'Some messages are not shown here.'],
  },
  /** @type {Record<string, (detail: string) => string>} */
  errors: {
    'bad-name': (d) => `This name cannot be used: ${d}`, 'name-taken': () => 'This name is taken.', 'wrong-password': () => 'The password is wrong.', 'too-many': (d) => `Too many: ${d}`,
    'no-such-room': (d) => `There is no room ${d}.`, 'no-such-user': (d) => `${d} is not here.`, 'not-a-member': () => 'You are not a member of this room.', 'room-exists': (d) => `The room ${d} exists already.`,
    'already-a-member': () => 'You are a member already.', 'line-too-long': () => 'This message is too long.', 'server-full': () => 'The server is full.', 'too-large': () => 'This file is too large.', 'no-space': () => 'The server has no space left.', unreadable: () => 'It cannot be read. Folders cannot be sent.', busy: () => 'The server is busy. Try again later.',
    'not-kept': () => 'The server cannot keep messages at the moment.', lost: () => 'The connection was lost.', banned: (d) => d.includes(' ') ? 'You are banned from this server.' : 'You are banned from this room.', removed: () => 'An operator has closed your connection.', 'not-the-owner': () => 'Only the owner of the room may do this.', insecure: () => 'Passwords need an encrypted connection.',
  },
};

/** @type {typeof en} */
const zh = {
  join: '加入聊天', joinAbout: '本网络上的每个人都可以在这里聊天。', name: '你的名字', nameHint: '任意文字的字母、数字、_ 和 -，最多 32 个。', password: '密码', passwordHint: '有账号时才需要。',
  notEncrypted: '此页面未加密，网络上的其他人可以看到你输入的内容。', enter: '加入', entering: '正在加入……',
  rooms: '聊天室', people: '私聊', here: (n) => `${n} 人在线`, members: (n) => `${n} 名成员`, find: '查找或跳转', online: '已连接', trying: '重新连接中……', offline: '未连接',
  hits: (n, more) => `${n}${more ? '+' : ''} 条消息，最新在前`, searching: '搜索中……', searchHint: '要查找的词', moreHits: '显示更多', private: '私密', aboutRoom: '关于此聊天室', topic: '主题', deed: '操作', whom: '谁', apply: '执行', done: '完成。', owner: (name) => `室主：${name}。`, invites: (by) => `${by} 邀请你`,
  makeOpen: '允许所有人加入', makePrivate: '只允许受邀者加入', deeds: { invite: '邀请', kick: '移除', ban: '封禁', unban: '解除封禁', give_room: '转让聊天室给' },
  notTaken: (why) => `服务器目前无法保存消息：${why}。`,
  roomName: '聊天室名称', joinIt: '加入', openIt: '打开', create: (name) => `新建“${name}”`, noRooms: '还没有聊天室。输入名称来新建一个。',
  waiting: (s) => `连接已断开，${s} 秒后重试……`, tryingNow: '连接已断开，正在重试……', tryNow: '立即重试', replaced: '你已在别处登录，此页面已停止。', useHere: '在这里使用', stopsIn: (s) => `服务器将在 ${s} 秒后停止，本页会自动重新连接。`, standsStill: '服务器正在关闭，恢复后本页会自动重新连接。',
  write: (where) => `发送到 ${where}`, send: '发送', attach: '发送文件', newline: '换行', today: '今天', yesterday: '昨天', fresh: '新消息', drop: (where) => `松开以发送到 ${where}`, dropAbout: (size) => `每个文件最大 ${size}`,
  failed: '未发送。', again: '重新发送', discard: '丢弃', uploading: (done, all) => `${done} / ${all}`, uploadWaits: '等待中……', uploadPaused: '连接恢复后继续', uploadFailed: '未发送。', tooLarge: (size) => `文件大于 ${size}。`, cancel: '取消', close: '关闭',
  newRoom: '加入或新建聊天室', membersTitle: '成员', search: '搜索', back: '返回', theme: '浅色或深色', startOf: (where) => `${where} 从这里开始。`, older: '正在加载更早的消息……', settings: '设置', away: '离线', copy: '复制文字', mention: '提及',
  down: (n) => n === 0 ? '最新消息' : `${n} 条新消息`, leave: '退出此聊天室', you: '你', tooLong: (n) => `超出 ${n} 字节`, tooManyLines: (n) => `超过 ${n} 行`,
  empty: '选择一个聊天室，或新建一个。', emptyAbout: '加入的聊天室会显示在左侧。', start: '查找或新建聊天室', language: '语言', themeTitle: '颜色', themeAuto: '跟随设备', themeLight: '浅色', themeDark: '深色', sound: '收到消息时播放声音', notifications: '收到消息时显示桌面通知',
  notificationsOff: '桌面通知需要 https 或 localhost。', notificationsDenied: '此浏览器已禁止本页的通知。', leaveChat: '退出登录', yes: '开', no: '关',
  notices: {
    created: (e, and) => [e.by, ` 创建了聊天室${others(e, and, '，成员：')}`], joined: (e) => [e.user, ' 加入了'],
    left: (e) => [e.user, ({ quit: ' 退出了', 'connection-closed': ' 断开了连接', timeout: ' 连接超时', 'slow-consumer': ' 因连接过慢离开', removed: ' 被移出服务器', 'server-stopped': ' 离开了（服务器已停止）', 'server-lost': ' 离开了（服务器失联）' }[/** @type {string} */ (e.why)] ?? ' 离开了') + (e.reason ? `：${e.reason}` : '')],
    mode: (e) => [e.by, ` 设置了模式 ${e.modes}`], renamed: (e) => [e.from, ` 现在叫 ${e.to}`], topic: (e) => [e.by, e.topic ? ` 设置了主题：${e.topic}` : ' 清除了主题'],
    kicked: (e) => [e.by, ` 移除了 ${e.user}${e.reason ? `（${e.reason}）` : ''}`], banned: (e) => [e.by, ` 封禁了 ${e.user}`], unbanned: (e) => [e.by, ` 解除了对 ${e.user} 的封禁`],
    private: (e) => [e.by, ' 将聊天室设为私密'], open: (e) => [e.by, ' 将聊天室设为公开'], owner: (e) => e.by ? [e.by, ` 将聊天室交给了 ${e.user}`] : [e.user, ' 成为室主'], closed: (e) => [e.by, ' 关闭了聊天室'], announcement: (e) => [e.by, ` 公告：${e.text}`], gap: () => ['', '部分消息未在此显示。'],
  },
  errors: {
    'bad-name': (d) => `这个名字不能使用：${d}`, 'name-taken': () => '这个名字已被使用。', 'wrong-password': () => '密码错误。', 'too-many': (d) => `太多了：${d}`,
    'no-such-room': (d) => `没有聊天室 ${d}。`, 'no-such-user': (d) => `${d} 不在线。`, 'not-a-member': () => '你不是此聊天室的成员。', 'room-exists': (d) => `聊天室 ${d} 已存在。`,
    'already-a-member': () => '你已经是成员了。', 'line-too-long': () => '消息太长。', 'server-full': () => '服务器已满。', 'too-large': () => '文件太大。', 'no-space': () => '服务器空间不足。', unreadable: () => '无法读取。不能发送文件夹。', busy: () => '服务器繁忙，请稍后再试。',
    'not-kept': () => '服务器目前无法保存消息。', lost: () => '连接已断开。', banned: (d) => d.includes(' ') ? '你已被此服务器封禁。' : '你已被此聊天室封禁。', removed: () => '管理员已断开你的连接。', 'not-the-owner': () => '只有室主可以这样做。', insecure: () => '密码需要加密连接。',
  },
};

/** The people that a room was created with, besides its creator. */
function others(event, and, lead = ' with ') {
  const rest = (event.members ?? []).filter((name) => name !== event.by);
  return rest.length ? lead + rest.join(and) : '';
}

const languages = { en, zh };
/** @type {'en' | 'zh'} */
export let lang = 'en';
export let words = en;

/** Speaks this language from now on, such as `zh-CN`; any other than Chinese is English. */
export function speak(wanted) {
  lang = wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  words = languages[lang];
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
}

/** What an error of the server means. */
export const explained = (error) => words.errors[error.code]?.(error.detail ?? '') ?? `${error.code}${error.detail ? `: ${error.detail}` : ''}`;
