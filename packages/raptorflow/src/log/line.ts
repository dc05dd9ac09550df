import { levelNames, levelRanks, type RaptorLogLevel } from './level.ts';

/** Characters of `2025-01-15 14:30:12,547`, with which every line begins. */
const stampLength = 23;

/** Longer messages are cut, so that no single line can fill the buffer; the line says how much is missing. */
export const messageCharactersMax = 32_768;

/** What further lines of one message begin with: no message can pass itself off as a line of its own. */
const indent = '    ';

const two = (value: number): string => String(value).padStart(2, '0');
const three: readonly string[] = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));

/** Writes times as the log has them, in UTC. The part that many lines share is written once. */
export class Stamps {
  #second = Number.NaN;
  #head = '';

  /** `2025-01-15 14:30:12,547` for milliseconds since 1970 UTC. */
  of(epochMs: number): string {
    const whole = Math.floor(epochMs);
    const second = Math.floor(whole / 1_000);
    if (second !== this.#second) {
      const date = new Date(second * 1_000);
      const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
      this.#head = `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())},`;
      this.#second = second;
    }
    return this.#head + (three[whole - second * 1_000] ?? '000');
  }
}

/** The time with which a line begins, milliseconds since 1970 UTC; undefined when it begins with none. */
export function timeOfLine(line: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}),(\d{3}) /.exec(line);
  if (!match) return undefined;
  const time = Date.parse(`${match[1]}T${match[2]}.${match[3]}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** The level of a line; undefined for further lines of a message, such as those of a stack. */
export function levelOfLine(line: string): RaptorLogLevel | undefined {
  if (line.charCodeAt(stampLength) !== 32) return undefined;
  const end = line.indexOf(' ', stampLength + 1);
  const word = end === -1 ? '' : line.slice(stampLength + 1, end);
  return levelNames.find((level) => level === word);
}

/** Whether a line of this level is wanted by whoever asks for `least` and what is worse. */
export function reaches(level: RaptorLogLevel, least: RaptorLogLevel): boolean {
  return levelRanks[level] >= levelRanks[least];
}

// Everything that ends a line for some reader, and control characters with which a terminal can be led astray; tabs may stay.
// oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
const unfit = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- As above.
const unfitInLine = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Whether a message is not one plain line. */
export function isUnruly(message: string): boolean {
  return message.length > messageCharactersMax || unfit.test(message);
}

/** The lines of a message: the first as it is, the others indented; control characters are written as `\x1b`. */
export function linesOf(message: string): string[] {
  return cut(message)
    .replace(/\r\n?/g, '\n')
    .replace(unfitInLine, (character) => {
      const code = character.charCodeAt(0);
      return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
    })
    .split('\n')
    .map((line, at) => (at === 0 ? line : indent + line));
}

function cut(message: string): string {
  if (message.length <= messageCharactersMax) return message;
  // A pair of surrogates is one character.
  const last = message.charCodeAt(messageCharactersMax - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? messageCharactersMax - 1 : messageCharactersMax;
  return `${message.slice(0, end)}… (${message.length - end} characters left out)`;
}
