import { RaptorFlowError } from 'raptorflow/kernel';
import { museByChannel } from '../../campaigns/quest.ts';
import type { PlatformId } from '../../guardians/index.ts';
import type { ModelMark } from '../ask-model.ts';
import type { Asset } from './asset.ts';
import { debateSkeleton } from './debate.ts';
import { debateDraft, type DraftingContext } from './drafting.ts';
import { gatherMaterial } from './material.ts';
import { ideaOf, type SkeletonVariant } from './skeleton.ts';

/** What a muse is given. */
export interface MuseContext extends DraftingContext {
  readonly model: ModelMark;
  readonly signal: AbortSignal;
}

const variants: readonly SkeletonVariant[] = ['problem_first', 'proof_first'];

/**
 * Makes the asset of one channel in two variants that differ in one idea, each with its whole debate. With the offline
 * model these are skeletons of the documents' own sentences with the gaps named; with a generative model they are drafts
 * in which everything that is not grounded in the war brief was dropped.
 * Throws what `ask` throws, and `cancelled` once the signal has fired.
 */
export async function createAsset(channel: PlatformId, context: MuseContext): Promise<Asset> {
  const agentCode = museByChannel[channel];
  const done = [];
  const material = context.model.offline ? gatherMaterial(context.warBrief, context.brief) : undefined;
  for (const [index, variant] of variants.entries()) {
    if (context.signal.aborted) {
      throw new RaptorFlowError('cancelled', 'The work on the asset was cancelled.', {
        cause: context.signal.reason,
      });
    }
    done.push(
      material === undefined
        ? await debateDraft(
            channel,
            { id: `${channel}-${'ab'.charAt(index)}`, idea: ideaOf(variant), agentCode },
            context,
          )
        : debateSkeleton(channel, variant, material, context),
    );
  }
  return { channel, agentCode, model: context.model, variants: done };
}
