const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What people call the commonest patterns; the pattern itself for all others. */
export function describeCron(fields: readonly string[]): string {
  return wordsOf(fields) ?? `cron "${fields.join(' ')}"`;
}

function wordsOf(fields: readonly string[]): string | undefined {
  if (fields.length === 6 && fields[0] !== '0') return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.slice(-5);
  if (month !== '*') return undefined;
  if (day === '*' && weekday === '*') {
    const often = oftenWords(minute, hour);
    if (often !== undefined) return often;
  }
  if (!isNumber(minute) || !isNumber(hour)) return undefined;
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (day === '*' && weekday === '*') return `every day ${at}`;
  const name = day === '*' && isNumber(weekday) ? weekdays[Number(weekday)] : undefined;
  if (name !== undefined) return `every ${name} ${at}`;
  if (weekday !== '*') return undefined;
  if (day === 'L') return `on the last day of every month ${at}`;
  return isNumber(day) ? `on day ${day} of every month ${at}` : undefined;
}

function oftenWords(minute: string, hour: string): string | undefined {
  if (minute === '*' && hour === '*') return 'every minute';
  const minutes = stepOf(minute);
  if (minutes !== undefined && hour === '*') return `every ${minutes} minutes`;
  if (!isNumber(minute)) return undefined;
  const past = minute === '0' ? '' : ` at ${minute} past`;
  if (hour === '*') return `every hour${past}`;
  const hours = stepOf(hour);
  return hours === undefined ? undefined : `every ${hours} hours${past}`;
}

function stepOf(field: string): string | undefined {
  return /^\*\/(\d+)$/u.exec(field)?.[1];
}

function isNumber(field: string): boolean {
  return /^\d+$/u.test(field);
}
