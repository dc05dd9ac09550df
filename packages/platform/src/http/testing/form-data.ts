/** A form with files as a browser sends it, for tests. */

/** One part of a form. */
export interface FormPart {
  readonly field: string;
  readonly fileName?: string;
  readonly type?: string;
  readonly content: string | Buffer;
}

/** The body and its header. */
export function formData(parts: readonly FormPart[]): {
  readonly payload: Buffer;
  readonly headers: Readonly<Record<string, string>>;
} {
  const boundary = 'a-boundary-of-the-test';
  const chunks = parts.flatMap((part) => {
    const file = part.fileName === undefined ? '' : `; filename="${part.fileName}"`;
    const type = part.type === undefined ? '' : `content-type: ${part.type}\r\n`;
    return [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${part.field}"${file}\r\n${type}\r\n`,
      ),
      Buffer.from(part.content),
      Buffer.from('\r\n'),
    ];
  });
  return {
    payload: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}
