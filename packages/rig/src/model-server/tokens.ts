import { Buffer } from 'node:buffer';

/** Tokens of a text: one for every four bytes of UTF-8, rounded up. Deterministic, and never more than its bytes. */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / 4);
}

/** What one image counts for. */
export const tokensPerImage = 258;

/** What the presence of tools adds to a prompt. */
export const tokensOfToolPreamble = 346;

/** The longest beginning of `text` that is at most `tokensMax` tokens. */
export function truncateToTokens(text: string, tokensMax: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character, 'utf8');
    if (Math.ceil(bytes / 4) > tokensMax) break;
    kept += character;
  }
  return kept;
}

/** A text in pieces of `size` characters (code points), as a stream would bring them. */
export function splitIntoChunks(text: string, size: number): string[] {
  const chunks: string[] = [];
  let chunk = '';
  let characters = 0;
  for (const character of text) {
    chunk += character;
    characters += 1;
    if (characters % size === 0) {
      chunks.push(chunk);
      chunk = '';
    }
  }
  if (chunk !== '') chunks.push(chunk);
  return chunks;
}
