export type {
  Asset,
  AssetBlock,
  AssetDraft,
  AssetLine,
  AssetLineName,
  AssetVariant,
  BlockRole,
  DebateRound,
  PanelFinding,
  PanelOpinion,
} from './asset.ts';
export { createAsset, type MuseContext } from './create-asset.ts';
export { debateSkeleton, roundsMax } from './debate.ts';
export { debateDraft, groundDraft, scoreMin } from './drafting.ts';
export { gatherMaterial, standAlone, type Material, type Piece } from './material.ts';
export { contentOf, panelCodes, panelOpinions, reviewDraft } from './panel.ts';
export { assembleBody, buildSkeleton } from './skeleton.ts';
