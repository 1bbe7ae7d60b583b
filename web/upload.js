// Sends the bytes of a file. The server has announced where; the chat connection stays free for talk.

/** How often an upload that broke off goes on by itself. */
const TRIES = 4;

/** Where an upload that broke off goes on, in bytes; null if the server does not know it any more. */
async function offset(address) {
  const answer = await fetch(address, { method: 'HEAD', cache: 'no-store' });
  if (!answer.ok) return null;
  return Number(answer.headers.get('Upload-Offset') ?? 0);
}

/**
 * One PUT from this offset on. Ends with the status of the answer; 0 if the connection broke.
 * @returns {Promise<{status: number, text: string}>}
 */
function put(address, file, from, progress, signal) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    if (from > 0) request.setRequestHeader('Upload-Offset', String(from));
    request.upload.onprogress = (event) => progress(from + event.loaded);
    request.onload = () => done({ status: request.status, text: request.responseText });
    request.onerror = () => done({ status: 0, text: '' });
    request.onabort = () => done({ status: 0, text: 'aborted' });
    signal.addEventListener('abort', () => request.abort());
    request.send(from > 0 ? file.slice(from) : file);
  });
}

/**
 * Sends a file to the address that the server gave, and goes on where it broke off. Throws an error with the server's
 * words if the server refuses it.
 */
export async function upload(address, file, progress, signal) {
  let from = 0;
  for (let attempt = 1; ; attempt += 1) {
    const { status, text } = await put(address, file, from, progress, signal);
    if (signal.aborted) throw new Error('aborted');
    if (status >= 200 && status < 300) return;
    if (status !== 0 || attempt === TRIES) throw new Error(text.trim() || `HTTP ${status}`);
    await new Promise((wake) => setTimeout(wake, 500 * 2 ** attempt));
    const known = await offset(address).catch(() => 0);
    if (known === null) throw new Error('expired');
    from = known;
  }
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
    return { width, height };
  } catch {
    return null;
  }
}
