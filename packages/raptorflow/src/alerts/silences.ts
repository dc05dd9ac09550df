import { z } from 'zod';
import { listIssues, maskSecrets, RaptorFlowError } from '../kernel/index.ts';
import type { Maintenance, Silences } from './alerts.ts';
import type { Journal } from './journal.ts';
import { maintenanceSchema, type MaintenanceWindow } from './maintenance.ts';
import { matcherSchema, type Silence } from './matcher.ts';
import type { Mutes } from './mutes.ts';
import { isAskedFor, type Registry } from './registry.ts';

const keptMs = 86_400_000;

const silenceSchema = z.strictObject({
  workspaceId: z.string().min(1).max(200).nullable().default(null),
  // One that matches everything is maintenance, and is to be called that.
  matchers: z.array(matcherSchema).min(1).max(20),
  startsAt: z.number().optional(),
  endsAt: z.number(),
  author: z.string().min(1).max(200),
  comment: z.string().max(1_000),
});

/** The calls about silences. */
export function silencesOver({
  telling,
  journal,
  clock,
  ids,
  silencesMax,
  change,
  read,
}: Registry): Silences {
  const { silences } = telling.mutes;
  return {
    add: (draft) =>
      change(() => {
        const now = clock.now();
        const parsed = parse('silence', silenceSchema, draft);
        const startsAt = parsed.startsAt ?? now;
        if (parsed.endsAt <= startsAt || parsed.endsAt <= now) {
          throw new RaptorFlowError(
            'invalid_input',
            'This is no silence: endsAt must be after its beginning and in the future.',
          );
        }
        refuseMore(silences.size, silencesMax, 'silences');
        const comment = maskSecrets(parsed.comment);
        const silence: Silence = { ...parsed, comment, id: ids.next('sil'), startsAt };
        silences.set(silence.id, silence);
        journal.put({ kind: 'silence', key: silence.id, body: silence });
        return silence;
      }),
    expire: (id) =>
      change(() => {
        const silence = silences.get(id);
        const now = clock.now();
        if (!silence || silence.endsAt <= now) return false;
        const ended = { ...silence, startsAt: Math.min(silence.startsAt, now), endsAt: now };
        silences.set(id, ended);
        journal.put({ kind: 'silence', key: id, body: ended });
        return true;
      }),
    list: (filter = {}) =>
      read(() => [...silences.values()].filter(({ workspaceId }) => isAskedFor(workspaceId, filter))),
  };
}

/** The calls about maintenance. */
export function maintenanceOver({ telling, journal, ids, silencesMax, change, read }: Registry): Maintenance {
  const { mutes } = telling;
  return {
    put: (draft) =>
      change(() => {
        const { id, ...rest } = draft;
        const parsed = parse('maintenance window', maintenanceSchema, { workspaceId: null, ...rest });
        if (id === undefined) refuseMore(mutes.windows().length, silencesMax, 'maintenance windows');
        else if (!mutes.windows().some((window) => window.id === id)) {
          throw new RaptorFlowError('not_found', `There is no maintenance window ${id.slice(0, 80)}.`);
        }
        const comment = maskSecrets(parsed.comment);
        const window: MaintenanceWindow = { ...parsed, comment, id: id ?? ids.next('mnt') };
        mutes.putWindow(window);
        journal.put({ kind: 'maintenance', key: window.id, body: window });
        return window;
      }),
    remove: (id) =>
      change(() => {
        const isThere = mutes.removeWindow(id);
        if (isThere) journal.remove('maintenance', id);
        return isThere;
      }),
    list: (filter = {}) =>
      read(() => mutes.windows().filter(({ workspaceId }) => isAskedFor(workspaceId, filter))),
  };
}

/** Forgets silences that were over for a day. */
export function sweepSilences({ silences }: Mutes, journal: Journal, now: number): void {
  for (const { id, endsAt } of silences.values()) {
    if (now - endsAt < keptMs) continue;
    silences.delete(id);
    journal.remove('silence', id);
  }
}

function parse<Schema extends z.ZodType>(what: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = listIssues(result.error);
  const lines = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new RaptorFlowError('invalid_input', `This is no ${what}: ${lines.join('; ')}.`, {
    details: { issues },
  });
}

function refuseMore(count: number, max: number, what: string): void {
  if (count < max) return;
  throw new RaptorFlowError('exhausted', `There are ${max} ${what}; remove some or raise silencesMax.`, {
    details: { silencesMax: max },
    retryable: false,
  });
}
