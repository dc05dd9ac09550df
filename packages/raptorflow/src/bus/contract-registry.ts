import { listIssues, RaptorFlowError, type Issue } from '../kernel/index.ts';
import type { Contract, Upcast } from './contract.ts';
import { splitType, type BusEvent } from './event.ts';

/** The outcome of holding a payload against its contract. */
export type Verdict =
  /** `payload` is the contract's output; the input itself without a contract. */
  | { readonly ok: true; readonly payload: unknown; readonly version: number }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** What consumers ask contracts for. */
export type EventCheck = Pick<ContractRegistry, 'checkEvent'>;

/** Contracts by event type and version. */
export class ContractRegistry {
  readonly #byType = new Map<string, Map<number, Contract>>();
  readonly #newest = new Map<string, number>();

  /** Throws `invalid_options` when a type and version has two different contracts. */
  constructor(contracts: readonly Contract[]) {
    for (const contract of contracts) {
      for (let one: Contract | undefined = contract; one; one = one.upcast?.from) this.#add(one);
    }
  }

  /** Whether the type (or its base type) has a contract in any version. */
  covers(type: string): boolean {
    return this.#keyOf(type) !== undefined;
  }

  /** Holds a payload against the contract of its type; without a version the newest. */
  check(type: string, version: number | undefined, payload: unknown): Verdict {
    const key = this.#keyOf(type);
    if (key === undefined) return { ok: true, payload, version: version ?? 1 };
    const wanted = version ?? this.#newest.get(key) ?? 1;
    const contract = this.#byType.get(key)?.get(wanted);
    if (!contract) {
      const known = [...(this.#byType.get(key)?.keys() ?? [])].join(', ');
      const message = `there is no contract of "${key}" in version ${wanted}, only in ${known}`;
      return { ok: false, issues: [{ path: 'version', message }] };
    }
    const result = contract.schema.safeParse(payload);
    if (result.success) return { ok: true, payload: result.data, version: wanted };
    return { ok: false, issues: listIssues(result.error) };
  }

  /** The event as handlers see it, lifted to the newest version that upcasts lead to, or the issues. */
  checkEvent(event: BusEvent): { ok: true; event: BusEvent } | { ok: false; issues: readonly Issue[] } {
    if (!this.covers(event.type)) return { ok: true, event };
    let verdict = this.check(event.type, event.version, event.payload);
    const versions = this.#byType.get(this.#keyOf(event.type) ?? '');
    while (verdict.ok) {
      const next: Contract | undefined = versions?.get(verdict.version + 1);
      if (!next?.upcast) break;
      verdict = lift(next, next.upcast, verdict.payload);
    }
    if (!verdict.ok) return verdict;
    const { payload, version } = verdict;
    const isSame = payload === event.payload && version === event.version;
    return { ok: true, event: isSame ? event : { ...event, payload, version } };
  }

  #add(contract: Contract): void {
    const { type, version } = contract;
    const versions = this.#byType.get(type) ?? new Map<number, Contract>();
    const known = versions.get(version);
    if (known && known.schema !== contract.schema) {
      throw new RaptorFlowError(
        'invalid_options',
        `"${type}" version ${version} has two different contracts; give one of them another version.`,
      );
    }
    if (!known?.upcast) versions.set(version, contract);
    this.#byType.set(type, versions);
    this.#newest.set(type, Math.max(version, this.#newest.get(type) ?? 0));
  }

  #keyOf(type: string): string | undefined {
    if (this.#byType.size === 0) return undefined;
    if (this.#byType.has(type)) return type;
    const { base } = splitType(type);
    return this.#byType.has(base) ? base : undefined;
  }
}

function lift({ version, schema }: Contract, upcast: Upcast, payload: unknown): Verdict {
  const what = `the upcast from version ${upcast.from.version} to ${version}`;
  let lifted: unknown;
  try {
    lifted = upcast.lift(payload);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, issues: [{ path: '', message: `${what} failed: ${why}` }] };
  }
  const result = schema.safeParse(lifted);
  if (result.success) return { ok: true, payload: result.data, version };
  const issues = listIssues(result.error);
  return {
    ok: false,
    issues: issues.map(({ path, message }) => ({ path, message: `${message} (after ${what})` })),
  };
}

/** The refusal that a publisher gets and a dead letter keeps. */
export function schemaViolation(type: string, issues: readonly Issue[]): RaptorFlowError {
  const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return new RaptorFlowError(
    'schema_violation',
    `The payload of "${type}" breaks its contract: ${lines.join('; ')}.`,
    { details: { type, issues } },
  );
}
