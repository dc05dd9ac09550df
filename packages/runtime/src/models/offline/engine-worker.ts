/** The thread in which the text engine works: it takes tasks from its owner and answers each by its number. */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant, toRaptorFlowError } from 'raptorflow/kernel';
import type { EngineAnswer, EngineRequest } from './engine-thread.ts';
import { Workbench, type WorkbenchSettings } from './workbench.ts';

invariant(parentPort, 'the text engine works in a thread of its own');
const owner = parentPort;
const workbench = new Workbench(workerData as WorkbenchSettings);

owner.on('message', (request: EngineRequest) => {
  void answer(request).then((message) => owner.postMessage(message));
});
// Loaded while the first task is still on its way; whoever needs it hears of a failure.
workbench.prepare().catch(() => undefined);

async function answer({ id, task, unwanted }: EngineRequest): Promise<EngineAnswer> {
  try {
    const result = await workbench.run(task, () => Atomics.load(unwanted, 0) === 1);
    return { id, json: JSON.stringify(result), usage: result.usage };
  } catch (error) {
    const { code, message, details } = toRaptorFlowError(error);
    return { id, error: { code, message, details } };
  }
}
