import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRaptorFlowError } from '../../kernel/index.ts';
import type { Notifier, NotifyContext } from '../notifier.ts';
import { notificationOf, resolvedNotification } from './samples.ts';

/** How the other side behaves from now on: it takes over, refuses for the moment, refuses for good, is gone, or does not answer. */
export type OtherSide = 'takes' | 'refuses_for_now' | 'refuses_for_good' | 'gone' | 'silent';

/** A notifier in a test, together with its other side. */
export interface NotifierUnderTest {
  readonly notifier: Notifier;
  /** What the other side has taken over, as text that a person could read. */
  received(): readonly string[];
  /** Null for a notifier without another side. */
  readonly become: ((how: OtherSide) => Promise<void>) | null;
  /** Texts that no error may show. */
  readonly secrets: readonly string[];
  dispose(): Promise<void>;
}

const context = (rest: Partial<NotifyContext> = {}): NotifyContext => ({
  deliveryId: 'dlv_1',
  attempt: 1,
  signal: new AbortController().signal,
  ...rest,
});

/** What every notifier promises. `refusals` says whether it has another side that can refuse. */
export function notifierContract(
  name: string,
  make: () => Promise<NotifierUnderTest>,
  features: { readonly refusals: boolean },
): void {
  describe(`the notifier ${name}`, () => {
    let subject: NotifierUnderTest;
    beforeEach(async () => {
      subject = await make();
    });
    afterEach(() => subject.dispose());

    it('resolves once the other side has what a person needs: rule, severity, value and labels', async () => {
      await subject.notifier.notify(notificationOf(), context());
      expect(subject.received()).toHaveLength(1);
      const [text = ''] = subject.received();
      for (const part of ['queue_long', 'critical', 'mail']) expect(text).toContain(part);
      expect(text).toMatch(/1234\.5|1235/);
    });

    it('tells beginnings and ends apart', async () => {
      await subject.notifier.notify(notificationOf(), context());
      await subject.notifier.notify(resolvedNotification(), context({ deliveryId: 'dlv_2' }));
      const [first = '', second = ''] = subject.received();
      expect(first.toLowerCase()).toContain('firing');
      expect(second.toLowerCase()).toContain('resolved');
    });

    it('may be called again with the same notification', async () => {
      await subject.notifier.notify(notificationOf(), context());
      await subject.notifier.notify(notificationOf(), context({ attempt: 2 }));
      expect(subject.received().length).toBeGreaterThanOrEqual(1);
    });

    if (!features.refusals) return;

    const failure = async (how: OtherSide): Promise<unknown> => {
      await subject.become?.(how);
      return subject.notifier.notify(notificationOf(), context()).then(
        () => 'resolved',
        (error: unknown) => error,
      );
    };

    it('rejects with an error that may be retried while the other side is out of order or gone', async () => {
      for (const how of ['refuses_for_now', 'gone'] as const) {
        const error = await failure(how);
        expect(error).toMatchObject({ code: 'unavailable', retryable: true });
      }
      expect(subject.received()).toEqual([]);
    });

    it('rejects with an error that is not worth a retry when the other side refuses for good', async () => {
      expect(await failure('refuses_for_good')).toMatchObject({ code: 'unavailable', retryable: false });
    });

    it('works again as soon as the other side does', async () => {
      await failure('refuses_for_now');
      await subject.become?.('takes');
      await subject.notifier.notify(notificationOf(), context({ attempt: 2 }));
      expect(subject.received()).toHaveLength(1);
    });

    it('shows no secret in any part of any error', async () => {
      for (const how of ['refuses_for_now', 'refuses_for_good', 'gone'] as const) {
        const error = await failure(how);
        expect(isRaptorFlowError(error)).toBe(true);
        const shown = everythingOf(error);
        for (const secret of subject.secrets) expect(shown).not.toContain(secret);
      }
    });

    it('gives up at once when its signal aborts', async () => {
      await subject.become?.('silent');
      const abort = new AbortController();
      const running = subject.notifier.notify(notificationOf(), context({ signal: abort.signal }));
      setImmediate(() => abort.abort());
      await expect(running).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

function everythingOf(error: unknown): string {
  const parts: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    parts.push(cause.message, cause.stack ?? '', JSON.stringify(cause));
  }
  return parts.join('\n');
}
