import { maskSecrets, RaptorFlowError } from '../kernel/index.ts';
import type { AcknowledgeInput, AlertReport, WorkspaceFilter } from './alerts.ts';
import type { Journal } from './journal.ts';
import type { Acknowledgement } from './record.ts';
import { isAskedFor } from './registry.ts';
import type { RuleBook } from './rule-book.ts';
import { firingSince } from './state.ts';
import type { HistoryQuery } from './store.ts';
import type { Telling } from './telling.ts';

const pageMax = 1_000;
const textCharactersMax = 1_000;

/** Every alert that is not inactive. */
export function reportAlerts(
  book: RuleBook,
  telling: Telling,
  now: number,
  filter: WorkspaceFilter,
): AlertReport[] {
  const reports: AlertReport[] = [];
  const mutesOf = telling.mutes.at(now, telling.firing());
  for (const { runtime } of book.all()) {
    const { name, workspaceId, severity } = runtime.rule;
    if (!isAskedFor(workspaceId, filter)) continue;
    for (const { id, labels, state, value } of runtime.instances.values()) {
      if (state.kind === 'inactive') continue;
      const since = firingSince(state);
      const mutes = since === null ? [] : mutesOf({ alertId: id, workspaceId, labels });
      const acknowledgement = telling.acknowledgements.get(id) ?? null;
      reports.push({ id, rule: name, workspaceId, severity, labels, state, value, acknowledgement, mutes });
    }
  }
  return reports;
}

/** Notes who has seen an alert. */
export function acknowledge(
  telling: Telling,
  journal: Journal,
  now: number,
  { alertId, by, note = '', workspaceId }: AcknowledgeInput,
): Acknowledgement {
  if (by.trim() === '' || by.length > 200 || note.length > textCharactersMax) {
    throw new RaptorFlowError(
      'invalid_input',
      `An acknowledgement needs a name, and its note has at most ${textCharactersMax} characters.`,
    );
  }
  const alert = telling.firingAlert(alertId);
  const since = alert ? firingSince(alert.instance.state) : null;
  if (since === null || (workspaceId !== undefined && workspaceId !== alert?.workspaceId)) {
    throw new RaptorFlowError('not_found', `No alert ${alertId.slice(0, 80)} fires.`);
  }
  const acknowledgement = { alertId, firingSince: since, by, note: maskSecrets(note), at: now };
  telling.acknowledgements.set(alertId, acknowledgement);
  journal.put({ kind: 'acknowledgement', key: alertId, body: acknowledgement });
  return acknowledgement;
}

/** Throws `invalid_input` for a limit that no page can have. */
export function checkHistoryQuery(query: HistoryQuery): HistoryQuery {
  if (query.limit !== undefined) checkLimit(query.limit);
  return query;
}

/** Throws `invalid_input` for a limit that no list can have. */
export function checkDeliveriesLimit(limit: number): number {
  checkLimit(limit);
  return limit;
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= pageMax) return;
  throw new RaptorFlowError('invalid_input', `limit must be a whole number from 1 to ${pageMax}.`);
}
