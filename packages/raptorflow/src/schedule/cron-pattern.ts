import type { Cron } from 'croner';
import { RaptorFlowError } from '../kernel/index.ts';

/** Times of day and days of the calendar, as they stand on a wall whose clock is never set. Wall times count like epoch milliseconds of UTC. */
export interface CronPattern {
  /** The fields, with a nickname such as `@daily` spelled out. */
  readonly fields: readonly string[];
  /** Whether the pattern has every hour of a day. */
  readonly isEveryHour: boolean;
  /** The first wall time of the pattern later than the given one; null when there is none. A whole second. */
  nextWall(afterWall: number): number | null;
}

const patternCharsMax = 200;

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads a pattern of five fields, or of six with seconds first, through the optional package croner, which is loaded at the first one. Rejects
 * with `invalid_input` for what is no pattern or has no time at all, and with `missing_dependency` when croner is not installed.
 */
export async function readCronPattern(text: string): Promise<CronPattern> {
  const trimmed = text.trim();
  const spelled = nicknames[trimmed.toLowerCase()] ?? trimmed;
  const fields = spelled.split(/\s+/u);
  // Croner takes a text with a colon for a date.
  if (text.length > patternCharsMax || fields.length < 5 || fields.length > 6 || spelled.includes(':')) {
    throw refused(text, 'it has five fields, or six with seconds first');
  }
  const { Cron: CronClass, CronPattern: PatternClass } = await loadCroner();
  let cron: Cron;
  let isEveryHour: boolean;
  try {
    // At an offset from UTC croner only counts in the calendar; what a zone's clock does to it is this room's own affair.
    cron = new CronClass(spelled, { utcOffset: 0, mode: '5-or-6-parts', paused: true });
    isEveryHour = new PatternClass(spelled).hour.every((isIn) => isIn !== 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /u, '') : String(error);
    throw refused(text, reason, error);
  }
  const nextWall = (afterWall: number): number | null => cron.nextRun(new Date(afterWall))?.getTime() ?? null;
  if (nextWall(0) === null) throw refused(text, 'no day of any year has it');
  return { fields, isEveryHour, nextWall };
}

function refused(text: string, reason: string, cause?: unknown): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    `"${text.slice(0, 80)}" is not a cron pattern (${reason}); write minute, hour, day of month, month and day of week, such as "0 2 * * *", or @hourly.`,
    { cause },
  );
}

async function loadCroner(): Promise<Pick<typeof import('croner'), 'Cron' | 'CronPattern'>> {
  try {
    const { Cron: CronClass, CronPattern: PatternClass } = await import('croner');
    return { Cron: CronClass, CronPattern: PatternClass };
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'Cron patterns need the package croner, which is not installed; type: npm install croner',
      { cause },
    );
  }
}
