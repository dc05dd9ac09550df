/** A campaign small enough to read in a test: two documents, one brief, and what researchers made of them. */
import { checkBrief, type CampaignBrief } from '../campaigns/brief.ts';
import { composeWarBrief } from '../campaigns/cognition.ts';
import type { WarBrief } from '../campaigns/war-brief.ts';
import { verifyQuote, type Citation, type SourceDocument } from '../evidence/index.ts';
import { offlineMark } from '../guilds/ask-model.ts';
import {
  emptyReport,
  synthesisCode,
  type FactRow,
  type Finding,
  type Synthesis,
} from '../guilds/research/index.ts';

/** The documents. */
export const smallDocuments: readonly SourceDocument[] = [
  {
    documentId: 'doc_notes',
    title: 'Notes',
    mediaType: 'text/markdown',
    text: [
      '# Lantern',
      '',
      'Lantern is a bicycle light for winter riders. It shines for 40 hours. In a test with 12 riders, glare fell by 60 percent.',
      'Spare parts are kept for ten years. A Lantern costs $49.',
      '',
      '## Known limits',
      '',
      'Lantern cannot be charged below zero degrees.',
    ].join('\n'),
  },
  {
    documentId: 'doc_talks',
    title: 'Talks',
    mediaType: 'text/plain',
    text: [
      '“Cars blinded me with glare every evening,” says Mira Holt, nurse.',
      '“It shone the whole night shift,” says Tobias Ek, courier.',
      '“I would buy it if the strap were longer,” says Ana Reis, teacher.',
      'Glowworm costs $89 and shines for 30 hours. Old price list (outdated): Lantern costs $59.',
    ].join('\n'),
  },
];

/** The brief. */
export const smallBrief: CampaignBrief = checkBrief({
  name: 'Lantern in winter',
  product: 'Lantern',
  positioning: 'The bicycle light that does not blind: bright, quiet, and made to be repaired.',
  personas: [
    {
      name: 'Mira',
      role: 'Nurse who rides home at night',
      pains: ['blinded by glare', 'theft at the station'],
    },
  ],
  goals: ['200 lights sold before March'],
  channels: ['x', 'email', 'blog', 'reddit'],
  budget_usd: 1_000,
  deadline: '2027-02-28',
  approval: 'automatic',
  questions: ['How long does Lantern shine?', 'Who makes the battery?'],
  competitors: ['Glowworm'],
});

/** The citation of a passage of the small documents. */
export function cite(quote: string): Citation {
  for (const { documentId } of smallDocuments) {
    const citation = verifyQuote({ documentId, quote }, smallDocuments);
    if (citation !== undefined) return citation;
  }
  throw new TypeError(`The small documents do not hold “${quote}”.`);
}

/** A finding of the small campaign. */
export function finding(statement: string, topic: string, more: Partial<Finding> = {}): Finding {
  return {
    id: `RES.${topic}.${statement.length}`,
    agentCode: 'RES-008',
    kind: 'message',
    topic,
    statement,
    subject: 'Lantern',
    standing: 'stated',
    relevance: 0.8,
    citations: [cite(statement)],
    context: null,
    speaker: null,
    ...more,
  };
}

/** A voice of the small campaign. */
function voice(
  statement: string,
  name: string,
  role: string,
  stance: 'pain' | 'praise' | 'wish' | 'objection',
): Finding {
  return finding(statement, 'voice/Lantern', {
    agentCode: 'RES-004',
    kind: stance,
    speaker: { name, role, stance, sentiment: stance === 'praise' ? 0.6 : -0.5, rating: null },
  });
}

/** A fact of the small campaign. */
export function fact(
  statement: string,
  attribute: string,
  value: string,
  more: Partial<FactRow> = {},
): FactRow {
  return {
    id: `f.${attribute}`,
    subject: 'Lantern',
    attribute,
    value,
    kind: 'count',
    statement,
    standing: 'stated',
    reason: null,
    weight: 0.8,
    citations: [cite(statement)],
    context: null,
    contradictions: [],
    ...more,
  };
}

const price = 'A Lantern costs $49.';
const oldPrice = 'Lantern costs $59.';
const glare = 'In a test with 12 riders, glare fell by 60 percent.';

/** What the synthesis of the small campaign holds. */
export const smallSynthesis: Synthesis = {
  ...emptyReport(synthesisCode),
  findings: [
    finding('Lantern is a bicycle light for winter riders.', 'product/what'),
    finding(glare, 'product/proof'),
    finding(glare, 'product/value'),
    finding('Spare parts are kept for ten years.', 'product/value'),
    finding(price, 'Lantern/pricing', { kind: 'pricing' }),
    finding('Glowworm costs $89 and shines for 30 hours.', 'Glowworm/pricing', {
      kind: 'pricing',
      subject: 'Glowworm',
    }),
    voice('Cars blinded me with glare every evening', 'Mira Holt', 'nurse', 'pain'),
    voice('It shone the whole night shift', 'Tobias Ek', 'courier', 'praise'),
    voice('I would buy it if the strap were longer', 'Ana Reis', 'teacher', 'wish'),
  ],
  facts: [
    fact(price, 'price', '$49', {
      kind: 'price',
      weight: 0.95,
      contradictions: [{ value: '$59', statement: oldPrice, standing: 'outdated', citation: cite(oldPrice) }],
    }),
    fact('It shines for 40 hours.', 'light', '40 hours', { kind: 'duration' }),
    fact(glare, 'glare', '60 percent', { kind: 'percentage' }),
    fact('Lantern cannot be charged below zero degrees.', 'charging', 'below zero degrees', {
      kind: 'limit',
      citations: [
        { ...cite('Lantern cannot be charged below zero degrees.'), section: ['Lantern', 'Known limits'] },
      ],
    }),
    fact('Glowworm costs $89 and shines for 30 hours.', 'price', '$89', {
      subject: 'Glowworm',
      kind: 'price',
    }),
  ],
  contradictions: [
    {
      subject: 'Lantern',
      attribute: 'price',
      statements: [
        { value: '$49', statement: price, marks: [], citation: cite(price) },
        { value: '$59', statement: oldPrice, marks: ['outdated'], citation: cite(oldPrice) },
      ],
      preferred: 0,
      reason: 'the other is marked "outdated"',
    },
  ],
  answers: [
    {
      question: 'How long does Lantern shine?',
      answer: 'It shines for 40 hours.',
      standing: 'stated',
      confidence: 0.9,
      citations: [cite('It shines for 40 hours.')],
      context: null,
    },
  ],
  terms: [{ term: 'glare', count: 2, documents: 2, citation: cite('glare fell by 60 percent') }],
  unanswered: [{ question: 'Who makes the battery?', reason: 'No document says it.' }],
  needsConnectors: [
    { connector: 'search_volume', purpose: 'It would show how often terms are searched for.' },
  ],
  merged: { reports: 3, withoutSource: ['RES-002'] },
};

/** The moment at which the small campaign was run. */
export const smallMoment = '2026-11-21T10:00:00.000Z';

/** The war brief of the small campaign. */
export function smallWarBrief(synthesis: Synthesis = smallSynthesis): WarBrief {
  return composeWarBrief({
    campaignId: 'cmp_small',
    generatedAt: smallMoment,
    brief: smallBrief,
    documents: smallDocuments,
    synthesis,
    model: offlineMark,
  });
}
