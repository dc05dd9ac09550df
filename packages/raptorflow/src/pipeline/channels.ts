import type { ChannelDeclaration } from '../bus/index.ts';

const minuteMs = 60_000;
const weekMs = 7 * 86_400_000;

/** Where items that failed are published. */
export const failedChannel = 'pipeline.failed';
/** Where every checkpoint is published. */
export const recentChannel = 'pipeline.checkpoints.recent';
/** Where one is published now and then, and the last of a run. */
export const keptChannel = 'pipeline.checkpoints.kept';

/** Channels that pipelines use besides the standard ones; a strict bus needs them in its `channels`. */
export const pipelineChannels: readonly ChannelDeclaration[] = Object.freeze([
  {
    name: failedChannel,
    retentionMs: weekMs,
    carries:
      'Items that a pipeline could not ingest; each becomes a dead letter, and is tried again when that is redriven.',
  },
  {
    name: recentChannel,
    retentionMs: 10 * minuteMs,
    expired: 'drop',
    carries: 'How far runs of pipelines have come: every checkpoint of the last ten minutes.',
  },
  {
    name: keptChannel,
    retentionMs: weekMs,
    expired: 'drop',
    carries: 'How far runs of pipelines have come: one checkpoint a minute, for runs taken up later.',
  },
] as const);
