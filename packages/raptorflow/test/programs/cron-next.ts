import { createSchedule } from 'raptorflow/schedule';

/*
 * Prints when a nightly pattern is due after 1970, as somebody would who has installed the library.
 */

const schedule = await createSchedule({ kind: 'cron', pattern: '0 2 * * *', timeZone: 'Asia/Kolkata' });
process.stdout.write(`${new Date(schedule.next(0) ?? 0).toISOString()}\n`);
