import { isRaptorFlowError } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import { createResources } from '../registry/create-resources.ts';
import type { ResourceHandle } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';

const idleAfterMs = 500;
const limitMs = 2_000;
/** The ids that are used. */
export const modelIds = ['a', 'b', 'c', 'd'] as const;
type Id = (typeof modelIds)[number];

interface Modelled {
  status: 'active' | 'idle' | 'leaked' | 'error';
  readonly createdAt: number;
  touchedAt: number;
  readonly closes: boolean;
}

/** What the documentation of the statuses says, resource by resource, beside the real thing. */
export class ResourcesModel {
  readonly clock: FakeClock = createFakeClock();
  readonly resources: Resources = createResources(
    { idleAfterMs, leaks: { growth: false, ageMs: { lock: limitMs } }, cleanup: { retriesMax: 0 } },
    { clock: this.clock },
  );
  readonly #open = new Map<Id, Modelled>();
  readonly #handles: ResourceHandle[] = [];
  /** What calls answered, and what they should have. */
  readonly #answers: unknown[] = [];
  readonly #expected: unknown[] = [];
  #cleaned = 0;
  #released = 0;

  register(id: Id, closes: boolean): void {
    const now = this.clock.monotonic();
    const dispose = () => {
      if (!closes) throw new Error('busy');
    };
    const open = () => this.resources.register({ id, type: 'lock', owner: 'o', dispose });
    this.#expected.push(this.#open.has(id) ? 'conflict' : 'open');
    if (this.#open.has(id)) {
      this.#answers.push(codeOf(open));
      return;
    }
    this.#answers.push('open');
    this.#handles.push(open());
    this.#open.set(id, { status: 'active', createdAt: now, touchedAt: now, closes });
  }

  touch(id: Id): void {
    const one = this.#open.get(id);
    this.#compare(this.resources.touch(id), one !== undefined);
    if (one) Object.assign(one, { status: 'active', touchedAt: this.clock.monotonic() });
  }

  release(id: Id): void {
    const isOpen = this.#open.delete(id);
    this.#compare(this.resources.release(id), isOpen);
    if (isOpen) this.#released += 1;
  }

  /** Handles of what is gone do nothing to what has come in its place. */
  useOldHandles(): void {
    const last = new Map(this.#handles.map((handle) => [handle.id, handle]));
    for (const handle of this.#handles) {
      const isOld = last.get(handle.id) !== handle || !this.#open.has(handle.id as Id);
      if (!isOld) continue;
      handle.touch();
      handle.resize(1);
      handle.release();
    }
  }

  scan(): void {
    this.resources.leaks.scan();
    const now = this.clock.monotonic();
    for (const one of this.#open.values()) {
      const idle = now - one.touchedAt;
      if (one.status === 'error') continue;
      if (now - one.createdAt > limitMs && idle > limitMs / 2) one.status = 'leaked';
      else if (one.status === 'active' && idle > idleAfterMs) one.status = 'idle';
    }
  }

  async cleanup(force: boolean): Promise<void> {
    const now = this.clock.monotonic();
    await this.resources.cleanup({ owner: 'o', force });
    for (const [id, one] of this.#open) {
      if (!force && one.status === 'active' && now - one.touchedAt <= idleAfterMs) continue;
      if (!one.closes) {
        one.status = 'error';
        continue;
      }
      this.#cleaned += 1;
      this.#compare(this.resources.find(id)?.status, 'cleaned_up');
      this.#open.delete(id);
    }
  }

  /** What can be seen from outside. */
  seen(): object {
    const statuses = modelIds.map((id) => {
      const status = this.resources.find(id)?.status;
      return status === 'cleaned_up' ? undefined : status;
    });
    const { total, cleaned, released, registered, byStatus } = this.resources.summary();
    const { open } = this.resources.leaks.accuracy();
    const listed = this.resources.leaks.list().length;
    const answers = [...this.#answers];
    return {
      statuses,
      total,
      cleaned,
      released,
      registered,
      leaked: byStatus.leaked,
      answers,
      unlisted: open - listed,
    };
  }

  /** The same as it should be. */
  expected(): object {
    const statuses = modelIds.map((id) => this.#open.get(id)?.status);
    const [cleaned, released, total] = [this.#cleaned, this.#released, this.#open.size];
    const leaked = statuses.filter((status) => status === 'leaked').length;
    const registered = total + cleaned + released;
    return {
      statuses,
      total,
      cleaned,
      released,
      registered,
      leaked,
      answers: [...this.#expected],
      unlisted: 0,
    };
  }

  #compare(answer: unknown, expected: unknown): void {
    this.#answers.push(answer);
    this.#expected.push(expected);
  }
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRaptorFlowError(error)) return error.code;
  }
  return 'none';
}
