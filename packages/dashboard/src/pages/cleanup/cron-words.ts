/** Cron patterns in words, so that a wrong star is seen before the pattern is saved. What the server accepts is known to it alone. */

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** More moments of a day than these are no sentence. */
const listedMax = 4;

/** "every day at 02:30"; null for what has no short words, or is no pattern. */
export function cronWords(pattern: string): string | null {
  const trimmed = pattern.trim();
  const fields = (nicknames[trimmed.toLowerCase()] ?? trimmed).split(/\s+/u);
  if (fields.length === 6 && fields[0] === '0') fields.shift();
  if (fields.length !== 5) return null;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const season = month === '*' ? 'every month' : namedWords(month, months, 1);
  const days = season === null ? null : dayWords(day, weekday, season);
  if (days === null) return null;
  const inSeason = month === '*' || day !== '*' ? '' : ` in ${season}`;
  const often = oftenWords(minute, hour);
  if (often !== null) return `${often}${days === '' ? '' : `, ${days}`}${inSeason}`;
  const at = timesOf(minute, hour);
  return at === null ? null : `${days === '' ? 'every day' : days}${inSeason} at ${at}`;
}

/** On which days; empty for all of them. A pattern with both kinds of days means either, which few expect: it has no words. */
function dayWords(day: string, weekday: string, season: string): string | null {
  if (day === '*' && weekday === '*') return '';
  if (day === '*') {
    const names = namedWords(weekday, weekdays, 0);
    return names === null ? null : `every ${names}`;
  }
  if (weekday !== '*') return null;
  if (day === 'L') return `on the last day of ${season}`;
  const numbers = numbersOf(day, 1, 31);
  if (numbers === null) return null;
  return `on ${numbers.length === 1 ? 'day' : 'days'} ${joined(numbers.map(String))} of ${season}`;
}

function oftenWords(minute: string, hour: string): string | null {
  const every = stepOf(minute);
  const hours = stepOf(hour);
  if (hour === '*') {
    if (minute === '*') return 'every minute';
    if (every !== null) return `every ${every} minutes`;
  }
  const from = /^(\d{1,2})-(\d{1,2})$/u.exec(hour);
  if (from !== null && (minute === '*' || every !== null)) {
    const range = numbersOf(hour, 0, 23);
    if (range === null) return null;
    const step = every === null ? 'minute' : `${every} minutes`;
    return `every ${step} from ${clock(range[0] ?? 0, 0)} to ${clock(range.at(-1) ?? 0, 59)}`;
  }
  const [past, ...others] = numbersOf(minute, 0, 59) ?? [];
  if (past === undefined || others.length > 0) return null;
  const after = past === 0 ? '' : ` at ${past} past`;
  if (hour === '*') return `every hour${after}`;
  return hours === null ? null : `every ${hours} hours${after}`;
}

function timesOf(minute: string, hour: string): string | null {
  const [minutes, hours] = [numbersOf(minute, 0, 59), numbersOf(hour, 0, 23)];
  if (minutes === null || hours === null || minutes.length * hours.length > listedMax) return null;
  return joined(hours.flatMap((each) => minutes.map((past) => clock(each, past))));
}

/** "Monday", "Monday to Friday", "Monday and Thursday". Names may be given by their first three letters, days also as 7 for Sunday. */
function namedWords(field: string, names: readonly string[], first: number): string | null {
  const numbered = names.reduce(
    (text, name, index) => text.replaceAll(name.slice(0, 3).toUpperCase(), String(index + first)),
    field.toUpperCase(),
  );
  const numbers = numbersOf(numbered, first, first === 0 ? 7 : names.length);
  if (numbers === null) return null;
  const words = numbers.map((number) => names[(number - first) % names.length] ?? '');
  return words.length > 2 && /^\d+-\d+$/u.test(numbered)
    ? `${words[0] ?? ''} to ${words.at(-1) ?? ''}`
    : joined(words);
}

/** The numbers of "3", "1,15" or "1-5"; null for anything else, and for what is out of bounds. */
function numbersOf(field: string, least: number, most: number): readonly number[] | null {
  const numbers: number[] = [];
  for (const part of field.split(',')) {
    const [, from = '', to = from] = /^(\d{1,2})(?:-(\d{1,2}))?$/u.exec(part) ?? [];
    if (from === '' || Number(to) < Number(from)) return null;
    for (let number = Number(from); number <= Number(to); number += 1) numbers.push(number);
  }
  return numbers.every((number) => number >= least && number <= most) ? numbers : null;
}

function stepOf(field: string): string | null {
  return /^\*\/([1-9]\d?)$/u.exec(field)?.[1] ?? null;
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function joined(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
