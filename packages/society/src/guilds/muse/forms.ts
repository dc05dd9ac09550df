import type { PlatformId } from '../../guardians/index.ts';
import type { AssetLineName, BlockRole } from './asset.ts';
import type { Material } from './material.ts';

/** A place in a form: which pools fill it, and with how many pieces. */
export interface Slot {
  readonly role: BlockRole;
  readonly pools: readonly (keyof Material)[];
  readonly count: number;
  /** What is missing when no pool can fill it; without it the slot is left out. */
  readonly gap?: string;
  /** Slots with a lower number go first when the text is too long. */
  readonly keep: number;
}

/** A fixed text of a form; `{product}` is replaced. It claims nothing. */
export interface FixedBlock {
  readonly role: BlockRole;
  readonly fixed: string;
}

/** How an asset for a channel is built. */
export interface AssetForm {
  readonly lines: readonly AssetLineName[];
  readonly body: readonly (Slot | FixedBlock)[];
  readonly separator: string;
  /** The body is cut to this measure, in the platform's own unit, where it has a soft limit below the hard one. */
  readonly charactersMax?: number;
}

const slot = (
  role: BlockRole,
  pools: readonly (keyof Material)[],
  count: number,
  keep: number,
  gap?: string,
): Slot => ({
  role,
  pools,
  count,
  keep,
  ...(gap === undefined ? {} : { gap }),
});
const fixed = (role: BlockRole, text: string): FixedBlock => ({ role, fixed: text });

const action = fixed('action', 'Try {product}: [gap: link for the call to action]');
const readMore = fixed('action', 'Read more about {product}: [gap: link to the article or page]');
const problemFirst = (proofs: number, claims: number): readonly (Slot | FixedBlock)[] => [
  slot('hook', ['pains', 'proofs'], 1, 9, 'an opening that the documents support'),
  slot('claim', ['claims'], claims, 7, 'what the product does, in one sentence of the documents'),
  slot('proof', ['proofs', 'praise'], proofs, 6),
];

const post = (charactersMax?: number): AssetForm => ({
  lines: [],
  separator: '\n\n',
  body: [...problemFirst(1, 2), slot('offer', ['offers'], 1, 4), action],
  ...(charactersMax === undefined ? {} : { charactersMax }),
});

const page: AssetForm = {
  lines: ['title', 'description'],
  separator: '\n\n',
  body: [
    fixed('heading', '# {title}'),
    fixed('heading', '## The problem'),
    slot('hook', ['pains'], 3, 9, 'a problem told by those who have it'),
    fixed('heading', '## What {product} does'),
    slot('claim', ['claims'], 5, 8, 'what the product does, in sentences of the documents'),
    fixed('heading', '## Proof'),
    slot('proof', ['proofs'], 4, 7, 'a figure or test from the documents'),
    slot('quote', ['praise'], 3, 6, 'a customer who speaks for it'),
    fixed('heading', '## Price and trial'),
    slot('price', ['prices'], 3, 5, 'prices'),
    slot('offer', ['offers'], 3, 5),
    fixed('heading', '## What it does not do'),
    slot('limit', ['limits'], 3, 4, 'limits that an honest page names'),
    fixed('heading', '## Next step'),
    action,
  ],
};

const forms: Readonly<Record<PlatformId, AssetForm>> = {
  x: {
    lines: [],
    separator: '\n\n',
    body: [
      slot('hook', ['pains', 'proofs'], 1, 5),
      slot('claim', ['claims', 'proofs'], 1, 9, 'one claim short enough for a post'),
      action,
    ],
  },
  threads: {
    lines: [],
    separator: '\n\n',
    body: [
      slot('hook', ['pains', 'proofs'], 1, 5),
      slot('claim', ['claims', 'proofs'], 2, 9, 'one claim short enough for a post'),
      action,
    ],
  },
  linkedin: post(1_300),
  facebook: post(477),
  instagram: {
    lines: [],
    separator: '\n\n',
    body: [
      ...problemFirst(1, 2),
      action,
      fixed('gap', '[gap: picture, 4:5, with a text for screen readers]'),
    ],
    charactersMax: 1_000,
  },
  pinterest: {
    lines: ['title'],
    separator: ' ',
    body: [slot('claim', ['claims'], 2, 9, 'one claim'), fixed('gap', '[gap: picture, 2:3]')],
    charactersMax: 500,
  },
  youtube: {
    lines: ['title'],
    separator: '\n\n',
    body: [...problemFirst(2, 3), readMore, fixed('gap', '[gap: video]')],
  },
  tiktok: {
    lines: [],
    separator: '\n\n',
    body: [...problemFirst(1, 1), action, fixed('gap', '[gap: video and the licence of its music]')],
    charactersMax: 600,
  },
  reddit: {
    lines: ['title'],
    separator: '\n\n',
    body: [
      fixed('gap', '[gap: who you are and how you belong to {product}]'),
      slot('hook', ['pains'], 1, 5),
      slot('claim', ['claims'], 3, 8, 'what the product does, in sentences of the documents'),
      slot('proof', ['proofs'], 2, 7),
      fixed('heading', 'What it does not do:'),
      slot('limit', ['limits'], 3, 9, 'limits, told openly'),
      fixed('question', 'What would keep you from trying it?'),
    ],
  },
  email: {
    lines: ['subject', 'preheader'],
    separator: '\n\n',
    body: [
      ...problemFirst(1, 2),
      slot('quote', ['praise'], 1, 5),
      slot('offer', ['offers'], 1, 6),
      action,
      fixed('footer', 'Unsubscribe: [gap: link to unsubscribe]\n[gap: postal address of the sender]'),
    ],
    charactersMax: 1_500,
  },
  blog: page,
  medium: { ...page, lines: ['title'] },
  landing_page: page,
};

/** The form of a channel. */
export function formOf(channel: PlatformId): AssetForm {
  return forms[channel];
}

/** Whether an entry of a form is filled from the documents. */
export function isSlot(entry: Slot | FixedBlock): entry is Slot {
  return 'pools' in entry;
}
