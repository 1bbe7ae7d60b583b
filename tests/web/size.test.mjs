// How large the page is on the wire. CHATCTL names the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const LARGEST = 100_000;
// It was 32,000 before files could be broken off, gone on with and given up.
const LARGEST_PACKED = 35_000;

test('the page has at most 100 KB, and 35 KB if a proxy packs it', async () => {
  const child = spawn(process.env.CHATCTL, ['serve', '--listen', '127.0.0.1:0', '--web', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const door = (await lines.next()).value.split(' ')[3];
    const get = async (path) => Buffer.from(await (await fetch(`http://${door}${path}`)).arrayBuffer());
    const index = await get('/');
    const addresses = new Set(index.toString().match(/\/a\/[^"]+/gu));
    addresses.add([...addresses][0].replace(/[^/]*$/u, 'icon-unread.svg'));
    const files = [index];
    for (const address of addresses) files.push(await get(address));
    assert.equal(files.length, 12);
    const all = files.reduce((sum, file) => sum + file.length, 0);
    const packed = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
    assert.ok(all <= LARGEST && packed <= LARGEST_PACKED, `${all} bytes, packed ${packed}`);
  } finally { child.kill(); }
});
