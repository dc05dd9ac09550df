/** Which model the research of a workspace works with, as results are marked with it. */
import type { ModelCatalog, ModelSettings } from '@raptorflow/runtime';
import { offlineMark, type ModelMark } from '@raptorflow/society';

/** The mark of the model that the alias `research` stands for in a workspace at present. */
export function researchMark(
  models: Pick<ModelCatalog, 'resolve'>,
  aliasesOf: ModelSettings['aliasesOf'],
): (workspaceId: string) => Promise<ModelMark> {
  return async (workspaceId) => {
    const { mapping } = await aliasesOf(workspaceId);
    const { provider, modelId } = models.resolve('research', mapping);
    return provider.name === 'offline' ? offlineMark : { offline: false, label: modelId };
  };
}
