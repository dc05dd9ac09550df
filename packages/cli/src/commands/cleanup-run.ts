import { isClientError, type Client } from '@raptorflow/client';
import { RaptorFlowError, systemClock, type Clock } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { freedText, type CleanupResult } from './cleanup-history.ts';
import { withCleanup } from './cleanup-refusals.ts';

/** How long one request waits for the end of a run. Node gives an answer up after five minutes. */
const answerMsMax = 240_000;
/** Between two looks at the history, after that. */
const lookMs = 2_000;

/** `raptorflow cleanup run`. */
export const cleanupRun: Command = {
  name: 'cleanup run',
  summary: 'Run a task now, also one that is off, and say what it freed (operator only).',
  operands: 'TASK',
  operandCount: [1, 1],
  notes:
    'Waits for the end, retries included. Fails with the exit code of "unavailable" when the task failed.',
  run: (invocation) =>
    withCleanup(invocation, async ({ client, kind }) => {
      const { output, signal } = invocation;
      const [id = ''] = invocation.positionals;
      if (output.interactive) output.progress(`${id} runs …`);
      const result = await runOf(client.cleanup, id, { clock: systemClock, signal }).catch(
        (error: unknown) => {
          if (!signal.aborted || kind === 'own') throw error;
          throw new RaptorFlowError(
            'cancelled',
            `Nobody waits for it any more, but the run goes on; see: raptorflow cleanup history --task ${id}`,
            { cause: error },
          );
        },
      );
      if (!result.success) throw failed(result);
      output.result(result);
      output.line(`${result.message} Freed: ${freedText(result)}.`);
    }),
};

function failed(result: CleanupResult): RaptorFlowError {
  const { task_id: id, attempt, message } = result;
  const often = attempt > 1 ? `, ${attempt} times` : '';
  return new RaptorFlowError('unavailable', `${id} failed${often}: ${message}`, { details: { ...result } });
}

/** Runs a task and answers what came of it, however long that takes. Rejects as the client does, and as the clock's `sleep` does when the signal aborts. */
export async function runOf(
  cleanup: Pick<Client['cleanup'], 'run' | 'history'>,
  taskId: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<CleanupResult> {
  const newest = async (): Promise<CleanupResult | undefined> => {
    const { data } = await cleanup.history({ query: { task_id: taskId, limit: 50 }, signal });
    return data.find((result) => result.trigger_type === 'manual');
  };
  const before = await newest();
  try {
    const call = { params: { task_id: taskId }, timeoutMs: answerMsMax, signal };
    return (await cleanup.run(call)).data;
  } catch (error) {
    if (!isClientError(error, 'timeout')) throw error;
  }
  for (;;) {
    await clock.sleep(lookMs, signal);
    const found = await newest();
    if (found && found.result_id !== before?.result_id) return found;
  }
}
