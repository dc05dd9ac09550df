/** With which settings a server starts, and which of them are others than before. */
import { createHash } from 'node:crypto';
import { fromJsonText, installationChain, type AuditLog } from '@raptorflow/runtime';
import { z } from 'zod';
import type { AuditConfig } from '../audit-config.ts';

/** What is known of the settings of an earlier start. */
const recordedSchema = z.object({ settings: z.array(z.tuple([z.string(), z.string()])) });

const action = 'configuration.read';

/**
 * Records the settings of this start: a hash of all, and the names of those that have changed since the last start of this server,
 * never a value. With another SECRET_KEY nothing is comparable, and the row says so.
 */
export async function auditSettings(
  audit: Pick<AuditLog, 'append' | 'query'>,
  source: string,
  { settings }: Pick<AuditConfig, 'settings'>,
): Promise<void> {
  const target = { kind: 'process', id: source };
  const before = await lastSettings(audit, target);
  await audit.append({
    workspaceId: installationChain,
    action,
    phase: 'event',
    actor: { kind: 'system', id: source },
    target,
    outcome: 'ok',
    details: {
      sha256: createHash('sha256').update(JSON.stringify(settings)).digest('hex'),
      changed: before === undefined ? null : changedNames(before, settings),
      settings: settings.map(([name, fingerprint]) => [name, fingerprint]),
    },
  });
}

type Settings = AuditConfig['settings'];

async function lastSettings(
  audit: Pick<AuditLog, 'query'>,
  target: { readonly kind: string; readonly id: string },
): Promise<Settings | undefined> {
  const filter = { action, targetKind: target.kind, targetId: target.id, limit: 1 };
  const [row] = (await audit.query(installationChain, filter)).items;
  if (row === undefined || row.payload === null) return undefined;
  const recorded = recordedSchema.safeParse(fromJsonText(row.payload));
  return recorded.success ? recorded.data.settings : undefined;
}

function changedNames(before: Settings, now: Settings): string[] {
  const known = new Map(before);
  const names = new Set([...known.keys(), ...now.map(([name]) => name)]);
  const present = new Map(now);
  const changed = [...names].filter((name) => known.get(name) !== present.get(name)).toSorted();
  // The fingerprints hang on the key: when all differ, the key is what has changed.
  const isRekeyed = changed.length === names.size && known.size > 0;
  return isRekeyed ? ['SECRET_KEY', '(others cannot be compared)'] : changed;
}
