import { describe, expect, test } from 'vitest';
import { readDocument, titleOf } from './document-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = expect.objectContaining({ code: 'document_unsupported', kind: 'refused' });

describe('readDocument', () => {
  test('goes by the declared media type, then the ending, then the content', () => {
    const typeOf = (content: string, mediaType?: string, fileName?: string): string =>
      readDocument({ content: bytes(content), mediaType, fileName }).mediaType;
    expect(typeOf('# Notes', 'text/markdown; charset=utf-8', 'notes.txt')).toBe('text/markdown');
    expect(typeOf('# Notes', 'application/octet-stream', 'NOTES.MD')).toBe('text/markdown');
    expect(typeOf('# Notes', 'text/plain', 'notes.md')).toBe('text/markdown');
    expect(typeOf('a;b\n1;2', undefined, 'prices.csv')).toBe('text/csv');
    expect(typeOf('<!DOCTYPE html><p>Hello</p>')).toBe('text/html');
    expect(typeOf('Plain words.')).toBe('text/plain');
  });

  test('keeps the text as it is, but for a byte order mark', () => {
    const text = '  Größe: 5 µm\r\n\r\n“quoted” 🙂\n';
    expect(readDocument({ content: bytes(`\uFEFF${text}`) }).text).toBe(text);
    expect(readDocument({ content: `\uFEFF${text}` }).text).toBe(text);
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    expect(readDocument({ content: wide }).text).toBe(text);
  });

  test('refuses what is no text, and says what it is and what to do', () => {
    const pdf = bytes('%PDF-1.7\n%âãÏÓ');
    expect(() => readDocument({ content: pdf })).toThrow(/It is a PDF\. Save it as Markdown, plain text/);
    expect(() => readDocument({ content: pdf, mediaType: 'text/plain' })).toThrow(refused);
    const others: { content: Uint8Array; mediaType?: string }[] = [
      { content: bytes('words'), mediaType: 'application/pdf' },
      { content: Uint8Array.of(0x50, 0x4b, 3, 4, 0) },
      { content: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) },
      { content: Uint8Array.of(0x47, 0x72, 0xf6, 0xdf, 0x65) },
      { content: bytes('a\0b') },
      { content: bytes(' \n\t ') },
      { content: bytes('words'), mediaType: 'image/svg+xml' },
    ];
    for (const other of others) expect(() => readDocument(other)).toThrow(refused);
  });

  test('refuses content that contradicts its media type', () => {
    const page = '<!-- saved -->\n<html><body>Hello</body></html>';
    expect(() => readDocument({ content: page, mediaType: 'text/markdown' })).toThrow(/is an HTML page/);
    expect(() => readDocument({ content: 'no tags here', mediaType: 'text/html' })).toThrow(/no tags/);
    expect(() => readDocument({ content: 'just one column\nvalue', mediaType: 'text/csv' })).toThrow(
      /no columns/,
    );
    expect(() => readDocument({ content: page, fileName: 'table.csv' })).toThrow(refused);
  });
});

describe('titleOf', () => {
  test('takes the title given, else the name of the file without folders and ending', () => {
    expect(titleOf('  Pricing ', 'x.md')).toBe('Pricing');
    expect(titleOf(undefined, '../../etc/passwd.md')).toBe('passwd');
    expect(titleOf('', 'C:\\docs\\customer interviews.v2.csv')).toBe('customer interviews.v2');
    expect(titleOf(undefined, undefined)).toBe('Untitled');
    expect(titleOf('a\u001B[31m\nb'.repeat(200), undefined)).toHaveLength(300);
    expect(titleOf('\u0007', undefined)).toBe('Untitled');
  });
});
