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
export { statementBytesMax } from './drafting.ts';
export { gatherMaterial, type Material, type Piece } from './material.ts';
export { contentOf } from './panel.ts';
