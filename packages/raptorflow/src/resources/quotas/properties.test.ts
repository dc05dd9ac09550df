import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuotaGrant } from './quotas.ts';
import { draftOf, quotaWorld } from './testing/world.ts';

/** Who asks: one of two workspaces, one of two users. */
const who = fc.record({ workspaceId: fc.constantFrom('w1', 'w2'), userId: fc.constantFrom('ada', 'bob') });

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      amount: fc.integer({ min: 1, max: 6 }),
      who,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  },
);

interface Held {
  readonly grant: QuotaGrant;
  readonly amount: number;
  readonly workspaceId: string;
  readonly userId: string;
}

const limits = { user: 7, workspace: 10, everybody: 16, minute: 12 };

const quotas = [
  draftOf('a_user', { scope: 'user', limit: limits.user }),
  draftOf('b_workspace', { limit: limits.workspace }),
  draftOf('c_everybody', { scope: 'global', limit: limits.everybody }),
  draftOf('d_minute', { scope: 'user', period: 'minute', limit: limits.minute }),
];

describe('hard quotas, whatever is asked in whatever order', () => {
  it('are never passed, taken all or none, and given back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (story) => {
        const { quotas: service, clock } = await quotaWorld(quotas);
        const held = new Set<Held>();
        const all: {
          readonly amount: number;
          readonly userId: string;
          readonly workspaceId: string;
          readonly minute: number;
        }[] = [];
        for (const each of story) {
          if (each.kind === 'wait') await clock.advance(each.ms);
          if (each.kind === 'release') {
            const chosen = [...held][each.which];
            await chosen?.grant.release();
            await chosen?.grant.release();
            if (chosen) held.delete(chosen);
          }
          if (each.kind !== 'acquire') continue;
          const { amount } = each;
          const { workspaceId, userId } = each.who;
          const minute = Math.floor(clock.now() / 60_000);
          const sum = (
            some: Iterable<{ amount: number; userId: string; workspaceId: string }>,
            isOne: boolean,
            byUser: boolean,
          ): number =>
            [...some]
              .filter(
                (grant) =>
                  !isOne || (grant.workspaceId === workspaceId && (!byUser || grant.userId === userId)),
              )
              .reduce((total, grant) => total + grant.amount, 0);
          const used = [
            sum(held, true, true),
            sum(held, true, false),
            sum(held, false, false),
            sum(
              all.filter((grant) => grant.minute === minute),
              true,
              true,
            ),
          ];
          const room = [limits.user, limits.workspace, limits.everybody, limits.minute];
          const fits = used.every((usage, place) => usage + amount <= (room[place] ?? 0));
          const subject = { resource: 'places', workspaceId, userId };
          const grant = await service.acquire(amount, subject).catch(() => null);
          expect(grant !== null).toBe(fits);
          if (grant) {
            held.add({ grant, amount, workspaceId, userId });
            all.push({ amount, workspaceId, userId, minute });
          }
          const now = (await service.usage(subject)).map((usage) => usage.used);
          expect(now).toEqual(used.map((usage) => usage + (fits ? amount : 0)));
        }
        await service.stop();
      }),
      { numRuns: 60 },
    );
  });
});
