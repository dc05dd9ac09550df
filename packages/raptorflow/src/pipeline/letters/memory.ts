import type {
  FailedItem,
  PipelineDeadLetters,
  PipelineLetter,
  PipelineLetterPage,
  Redeliver,
} from '../dead-letter.ts';
import { RaptorFlowError } from '../../kernel/index.ts';

/**
 * Dead letters that live as long as their process, for tests and for runs that are watched. Beyond `lettersMax` (default 10,000) `bury`
 * throws `exhausted`: no letter is dropped silently.
 */
export function memoryDeadLetters(options: { readonly lettersMax?: number } = {}): PipelineDeadLetters {
  const lettersMax = options.lettersMax ?? 10_000;
  const letters = new Map<string, PipelineLetter>();
  let redeliver: Redeliver | undefined;
  let inHand: Promise<void> = Promise.resolve();
  const tryAgain = async (letter: PipelineLetter): Promise<void> => {
    // What is not held whole cannot be tried, and neither can anything once it is closed.
    if (letter.failed.text !== null || !redeliver) return;
    letters.set(letter.id, { ...letter, state: 'redriven' });
    try {
      await redeliver(letter.failed);
    } catch {
      letters.set(letter.id, letter);
    }
  };
  return {
    async open(_pipeline, serve) {
      redeliver = serve;
    },
    async bury(failed: readonly FailedItem[]) {
      const fresh = failed.filter((item) => !letters.has(idOf(item)));
      if (letters.size + fresh.length > lettersMax) {
        throw new RaptorFlowError(
          'exhausted',
          `There are ${letters.size} dead letters; lettersMax is ${lettersMax}.`,
        );
      }
      for (const item of fresh) {
        const deadAt = item.attempts.at(-1)?.at ?? new Date(item.runStartedAt).toISOString();
        const id = idOf(item);
        letters.set(id, { id, failed: item, state: 'open', deadAt });
      }
    },
    async list({ cursor, limit = 100 } = {}): Promise<PipelineLetterPage> {
      const open = [...letters.values()].filter(({ state }) => state === 'open').toReversed();
      const from = cursor === undefined ? 0 : open.findIndex(({ id }) => id === cursor) + 1;
      const items = open.slice(from, from + limit);
      return { items, cursor: from + limit < open.length ? (items.at(-1)?.id ?? null) : null };
    },
    async redrive(ids) {
      const chosen = [...letters.values()].filter(
        ({ id, state }) => state === 'open' && (ids === undefined || ids.includes(id)),
      );
      inHand = chosen.reduce((before, letter) => before.then(() => tryAgain(letter)), inHand);
      await inHand;
      return chosen.length;
    },
    async close() {
      redeliver = undefined;
      await inHand;
    },
  };
}

function idOf({ key, runStartedAt }: FailedItem): string {
  return `${runStartedAt}/${key}`;
}
