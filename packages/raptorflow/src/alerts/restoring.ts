import type { Journal } from './journal.ts';
import type { AlertRecord, Delivery, StoredEvaluation } from './record.ts';
import type { RuleBook } from './rule-book.ts';
import { firingSince } from './state.ts';
import type { Telling } from './telling.ts';

/** Puts everything where it was when the last process ended. Answers the deliveries that were on their way. */
export function restore(
  records: readonly AlertRecord[],
  parts: { readonly book: RuleBook; readonly telling: Telling; readonly journal: Journal },
): readonly Delivery[] {
  const { book, telling, journal } = parts;
  // Alerts need their rules, and stores answer in any order.
  for (const record of records) if (record.kind === 'rule') book.put(record.body);
  const deliveries: Delivery[] = [];
  for (const record of records) {
    switch (record.kind) {
      case 'rule':
        break;
      case 'instance': {
        const { ruleId, key, tags, state, value } = record.body;
        const runtime = book.get(ruleId)?.runtime;
        if (!runtime) {
          journal.remove('instance', record.key);
          break;
        }
        const instance = runtime.restore(key, tags, state, value);
        if (firingSince(state) !== null) telling.restoreFiring(runtime, instance);
        break;
      }
      case 'evaluation':
        noteEvaluation(book, record.body);
        break;
      case 'silence':
        telling.mutes.silences.set(record.key, record.body);
        break;
      case 'maintenance':
        telling.mutes.putWindow(record.body);
        break;
      case 'delivery':
        deliveries.push(record.body);
        break;
      case 'group':
      case 'acknowledgement':
        telling.restore(record);
    }
  }
  return deliveries;
}

function noteEvaluation(book: RuleBook, { ruleId, evaluatedAt }: StoredEvaluation): void {
  const single = ruleId === null ? undefined : book.get(ruleId);
  for (const { runtime } of ruleId === null ? book.all() : single ? [single] : []) {
    const at = Math.floor(evaluatedAt / runtime.intervalMs) * runtime.intervalMs;
    runtime.evaluatedAt = Math.max(runtime.evaluatedAt ?? at, at);
  }
}
