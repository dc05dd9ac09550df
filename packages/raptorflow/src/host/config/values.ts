/** How a value of the file is read. */
export interface ValueForm<T> {
  /** What is allowed, as it completes “write …”. */
  readonly allowed: string;
  /** Undefined for what is not allowed. */
  parse(text: string): T | undefined;
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

/** True or false, in the words that INI files have for them. */
export const truth: ValueForm<boolean> = {
  allowed: 'true or false',
  parse: (text) => truths.get(text.toLowerCase()),
};

/** True, false, or `auto`. */
export const truthOrAuto: ValueForm<boolean | 'auto'> = {
  allowed: 'true, false or auto',
  parse: (text) => (text.toLowerCase() === 'auto' ? 'auto' : truth.parse(text)),
};

/** A whole number, both ends included. */
export function whole(min: number, max: number): ValueForm<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), min, max) : undefined),
  };
}

/** A number, both ends included. */
export function decimal(min: number, max: number): ValueForm<number> {
  return {
    allowed: `a number from ${min} to ${max}`,
    parse: (text) => (/^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? within(Number(text), min, max) : undefined),
  };
}

/** One of some words, in any case; answers it as it is listed. */
export function oneOf<Word extends string>(...words: readonly Word[]): ValueForm<Word> {
  return {
    allowed: words.join(', '),
    parse: (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()),
  };
}

const pathCharsMax = 1_024;

/** A path of a file. */
export const filePath: ValueForm<string> = {
  allowed: `a path of at most ${pathCharsMax} characters`,
  parse: (text) => (text !== '' && text.length <= pathCharsMax && !text.includes('\0') ? text : undefined),
};

/** An address, or nothing, which is null. */
export const webAddress: ValueForm<string | null> = {
  allowed: 'an http:// or https:// address, or nothing',
  parse(text) {
    if (text === '') return null;
    return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
  },
};

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}
