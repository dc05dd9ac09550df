/** The part of a long text around a quote. */

/** A text cut around a quote: `before` + `quote` + `after`, and whether something is left out on either side. */
export interface TextWindow {
  readonly before: string;
  readonly quote: string;
  readonly after: string;
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

/**
 * Cuts `text` to about `charactersMax` characters around `[start, end)`, at line breaks where there are some. A place
 * outside the text quotes nothing.
 */
export function windowAround(
  text: string,
  start: number | null,
  end: number | null,
  charactersMax: number,
): TextWindow {
  const valid = start !== null && end !== null && start < end && end <= text.length;
  const from = valid ? start : 0;
  const to = valid ? end : 0;
  if (text.length <= charactersMax) {
    return {
      before: text.slice(0, from),
      quote: text.slice(from, to),
      after: text.slice(to),
      cutBefore: false,
      cutAfter: false,
    };
  }
  const margin = Math.max(0, Math.floor((charactersMax - (to - from)) / 2));
  const first = lineStart(text, Math.max(0, from - margin));
  const last = lineEnd(text, Math.min(text.length, Math.max(to + margin, first + charactersMax)));
  return {
    before: text.slice(first, from),
    quote: text.slice(from, to),
    after: text.slice(to, last),
    cutBefore: first > 0,
    cutAfter: last < text.length,
  };
}

// A line longer than this is cut in its middle: there may be no line break at all.
const lineLengthMax = 2_000;

function lineStart(text: string, index: number): number {
  if (index === 0) return 0;
  const found = text.lastIndexOf('\n', index);
  return found === -1 || index - found > lineLengthMax ? index : found + 1;
}

function lineEnd(text: string, index: number): number {
  const found = text.indexOf('\n', index);
  if (found === -1) return text.length - index > lineLengthMax ? index : text.length;
  return found - index > lineLengthMax ? index : found;
}
