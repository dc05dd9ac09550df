/** What a frame makes stale. Frames are hints: the resource is read again, so a page shows what the server says, not what it guessed. */
import type { SocketFrame } from '@raptorflow/contract';

/** Prefixes of the query keys that a frame makes stale. */
export function touchedKeys(frame: SocketFrame): readonly (readonly string[])[] {
  const { workspace_id: workspaceId, data, type } = frame;
  if (workspaceId === null) return [];
  const keys: string[][] = [];
  const touch = (...rest: string[]) => keys.push([workspaceId, ...rest]);
  const campaignId = textOf(data['campaign_id']);
  if (campaignId !== null || type.startsWith('campaign')) {
    touch('campaigns', 'list');
    if (campaignId !== null) touch('campaigns', campaignId);
    touch('runs');
    touch('costs');
  }
  if (textOf(data['run_id']) !== null || type.startsWith('run')) touch('runs');
  if (textOf(data['agent_id']) !== null || type.startsWith('agent') || type === 'heartbeat') touch('agents');
  if (type.startsWith('document')) touch('documents');
  if (type === 'model.inference_complete' || type.startsWith('budget')) touch('costs');
  if (type.startsWith('alert')) touch('alerts');
  if (type.startsWith('workspace') || type.startsWith('member')) touch('workspace');
  return keys;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * Collects keys and hands them on together: at once for the first, then at most once per `everyMs`, so that a storm of
 * frames costs a few readings and the last one still leads to a reading.
 */
export function createInvalidator(
  invalidate: (keys: readonly (readonly string[])[]) => void,
  everyMs: number,
  after: (delayMs: number, callback: () => void) => void,
): (keys: readonly (readonly string[])[]) => void {
  const waiting = new Map<string, readonly string[]>();
  let resting = false;

  const flush = () => {
    if (waiting.size === 0) {
      resting = false;
      return;
    }
    resting = true;
    const keys = [...waiting.values()];
    waiting.clear();
    invalidate(keys);
    after(everyMs, flush);
  };

  return (keys) => {
    for (const key of keys) waiting.set(key.join(' '), key);
    if (!resting) flush();
  };
}
