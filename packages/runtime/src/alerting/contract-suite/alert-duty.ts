import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createAlertDuty, type AlertDuty } from '../alert-duty.ts';
import { relationalAlertStore } from '../relational-alert-store.ts';
import { alertMigrations, alertTables } from '../tables.ts';

interface Process {
  readonly duty: AlertDuty;
  /** What it was told, in this order. */
  readonly told: string[];
  /** The holder that it writes as. */
  holder(): string;
}

function processOf(
  name: string,
  db: Database,
  clock: FakeClock,
  take: () => Promise<void> = async () => undefined,
): Process {
  const told: string[] = [];
  let holder = '';
  const duty = createAlertDuty(
    `http://${name}`,
    {
      async take(given) {
        told.push('take');
        holder = given;
        await take();
      },
      async leave() {
        told.push('leave');
      },
    },
    { db, clock },
  );
  return { duty, told, holder: () => holder };
}

/** Lets time pass; after each second every process has looked, and waits for its next beat. */
async function pass(clock: FakeClock, seconds: number, processes: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 1) {
    await clock.advance(1_000);
    // The database answers on its own time.
    await expect.poll(() => clock.pending, { interval: 1, timeout: 20_000 }).toBe(processes);
  }
}

/** That one process looks after alerts, on either engine. */
export function alertDutySuite(open: OpenDatabase): void {
  const opened = (): Promise<Database> => open({ tables: [alertTables], migrations: [alertMigrations] });

  describe('the duty of alerts', () => {
    it('is one process’s, and the next one’s at once when that stops', async () => {
      const [db, clock] = [await opened(), createFakeClock()];
      const [one, two] = [processOf('one', db, clock), processOf('two', db, clock)];
      await one.duty.start();
      await two.duty.start();
      expect(one.duty.status()).toEqual({ kind: 'own' });
      expect(two.duty.status()).toEqual({ kind: 'elsewhere', address: 'http://one' });
      await pass(clock, 60, 2);
      expect([one.told, two.told]).toEqual([['take'], []]);

      await one.duty.stop();
      expect(one.told).toEqual(['take', 'leave']);
      await pass(clock, 3, 1);
      expect(two.duty.status()).toEqual({ kind: 'own' });
      await two.duty.stop();
    });

    it('is taken from a process that gives no sign of life, whose writes are refused from then on', async () => {
      const db = await opened();
      const [deadClock, clock] = [createFakeClock(), createFakeClock()];
      const [dead, heir] = [processOf('dead', db, deadClock), processOf('heir', db, clock)];
      await dead.duty.start();
      await heir.duty.start();
      const store = relationalAlertStore(db, { holder: dead.holder() });
      await store.open({ transitionsMax: 10, deliveriesMax: 10 });
      const change = {
        puts: [{ kind: 'evaluation', key: '*', body: { ruleId: null, evaluatedAt: 1 } }],
        removes: [],
        transitions: [],
      } as const;
      await store.commit(change);
      // What it writes is a sign of life too.
      await pass(clock, 8, 1);
      await store.commit(change);
      await pass(clock, 8, 1);
      expect(heir.duty.status().kind).toBe('elsewhere');
      await pass(clock, 8, 1);
      expect(heir.duty.status()).toEqual({ kind: 'own' });

      await expect(store.commit({ ...change, puts: [] })).rejects.toMatchObject({ code: 'conflict' });
      expect(await relationalRows(db)).toBe(1);
      await pass(deadClock, 3, 1);
      expect(dead.told).toEqual(['take', 'leave']);
      expect(dead.duty.status()).toEqual({ kind: 'elsewhere', address: 'http://heir' });
      await Promise.all([dead.duty.stop(), heir.duty.stop()]);
      expect(heir.told).toEqual(['take', 'leave']);
    });

    it('goes to another process when the first one cannot do it', async () => {
      const [db, clock] = [await opened(), createFakeClock()];
      const broken = processOf('broken', db, clock, () => Promise.reject(new Error('No.')));
      const sound = processOf('sound', db, clock);
      await broken.duty.start();
      expect(broken.told).toEqual(['take', 'leave']);
      await sound.duty.start();
      expect(sound.duty.status()).toEqual({ kind: 'own' });
      await Promise.all([broken.duty.stop(), sound.duty.stop()]);
    });

    it('is taken by one of many that begin at the same moment', async () => {
      const [db, clock] = [await opened(), createFakeClock()];
      const all = Array.from({ length: 5 }, (_, index) => processOf(String(index), db, clock));
      await Promise.all(all.map(({ duty }) => duty.start()));
      expect(all.filter(({ duty }) => duty.status().kind === 'own')).toHaveLength(1);
      expect(all.flatMap(({ told }) => told)).toEqual(['take']);
      await Promise.all(all.map(({ duty }) => duty.stop()));
    });
  });
}

async function relationalRows(db: Database): Promise<number> {
  const rows = await db
    .system<{ alert_records: { kind: string } }>()
    .selectFrom('alert_records')
    .select('kind')
    .execute();
  return rows.length;
}
