/** The war brief in the words of the wire: numbers of citations become the passages themselves. */
import type {
  BriefSection,
  BriefSentence as WireSentence,
  Citation as WireCitation,
  Fact,
  WarBrief as WireBrief,
} from '@raptorflow/contract';
import type { BriefCompetitor, BriefFact, BriefPersona, BriefSentence, WarBrief } from '@raptorflow/society';
import { markToWire } from './model-mark.ts';

/** Passages by the numbers that the brief gives them; unknown numbers are left out. */
export type Resolve = (ids: readonly string[]) => WireCitation[];

/** Looks up the passages of a brief. */
export function citationsOf(brief: WarBrief): Resolve {
  const byId = new Map(brief.citations.map((citation) => [citation.id, citationToWire(citation)]));
  return (ids) => ids.flatMap((id) => byId.get(id) ?? []);
}

/** A passage. */
export function citationToWire(citation: {
  readonly documentId: string;
  readonly title: string;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
}): WireCitation {
  const { documentId, title, start, end, quote } = citation;
  return { document_id: documentId, title, start, end, quote };
}

/** The brief whole. */
export function warBriefToWire(brief: WarBrief): WireBrief {
  const resolve = citationsOf(brief);
  return {
    campaign_id: brief.campaignId,
    generated_at: new Date(brief.generatedAt).toISOString(),
    model: markToWire(brief.model),
    confidence: brief.confidence.value,
    facts: brief.facts.map((fact) => factToWire(fact, brief, resolve)),
    sections: sectionsOf(brief, resolve).filter((section) => section.sentences.length > 0),
    unanswered: brief.unanswered.map(({ question, reason }) => ({ question, reason })),
    connectors: brief.connectors.map(({ connector, purpose }) => ({ name: connector, purpose })),
    sources: brief.sources.map((source) => ({
      document_id: source.documentId,
      title: source.title,
      citation_count: source.citations,
    })),
  };
}

function factToWire(fact: BriefFact, brief: WarBrief, resolve: Resolve): Fact {
  const conflict = brief.contradictions.find(
    (row) => row.subject === fact.subject && row.attribute === fact.attribute,
  );
  return {
    id: fact.id,
    category: fact.kind,
    subject: fact.subject,
    attribute: fact.attribute,
    claim: fact.statement,
    value: fact.value,
    citations: resolve(fact.citations),
    contradictions: fact.contradictions.map((other) => ({
      value: other.value,
      explanation: conflict?.reason ?? null,
      citations: resolve([other.citation]),
    })),
    standing: fact.standing,
  };
}

function sectionsOf(brief: WarBrief, resolve: Resolve): BriefSection[] {
  const under = (heading: string | null, sentences: readonly BriefSentence[]): WireSentence[] =>
    sentences.map((sentence) => sentenceToWire(sentence, heading, resolve));
  const { voices } = brief;
  return [
    { id: 'about', title: `About ${brief.product}`, sentences: under(null, brief.about) },
    { id: 'market', title: 'Market', sentences: under(null, brief.market) },
    ...brief.competitors.map((competitor, index) => ({
      id: `competitor-${index + 1}`,
      title: `Competitor: ${competitor.name}`,
      sentences: competitorSentences(competitor, under),
    })),
    ...brief.personas.map((persona, index) => ({
      id: `persona-${index + 1}`,
      title: `Persona: ${persona.role === '' ? persona.name : `${persona.name}, ${persona.role}`}`,
      sentences: personaSentences(persona, under),
    })),
    {
      id: 'voices',
      title: 'What customers say',
      sentences: [
        ...under('Pains', voices.pains),
        ...under('Praise', voices.praise),
        ...under('Wishes', voices.wishes),
        ...under('What else people said', voices.others),
      ],
    },
    { id: 'messaging', title: 'Messaging', sentences: messagingSentences(brief, under) },
    { id: 'offer', title: 'Offer', sentences: under(null, brief.offer) },
    { id: 'pricing', title: 'Pricing', sentences: under(null, brief.pricing) },
    {
      id: 'objections',
      title: 'Objections and what answers them',
      sentences: brief.objections.flatMap((row, index) => {
        const heading = `Objection ${index + 1}`;
        return [
          ...under(heading, [row.objection]),
          ...(row.answers.length > 0
            ? under(heading, row.answers)
            : [gap(heading, 'The documents answer this with nothing.')]),
        ];
      }),
    },
    {
      id: 'channels',
      title: 'Channels',
      sentences: brief.channels.flatMap((row) => under(row.channel ?? 'Other channels', row.evidence)),
    },
    { id: 'timing', title: 'Timing', sentences: under(null, brief.timing) },
    {
      id: 'answers',
      title: 'Answers to the questions of the brief',
      sentences: brief.answers.flatMap((row) => under(row.question, [row.answer])),
    },
  ];
}

type Under = (heading: string | null, sentences: readonly BriefSentence[]) => WireSentence[];

function competitorSentences(competitor: BriefCompetitor, under: Under): WireSentence[] {
  return [
    ...under('Offer', competitor.offer),
    ...under('Pricing', competitor.pricing),
    ...under('Strengths', competitor.strengths),
    ...under('Weaknesses', competitor.weaknesses),
    ...under('Message', competitor.message),
    ...under('News', competitor.news),
    ...under('Voices', competitor.voices),
  ];
}

function personaSentences(persona: BriefPersona, under: Under): WireSentence[] {
  return [
    ...under('Background', persona.background),
    ...persona.pains.flatMap(({ pain, evidence }) =>
      evidence.length > 0
        ? under(pain, evidence)
        : [gap(pain, 'No document speaks of this pain of the brief.')],
    ),
  ];
}

function messagingSentences(brief: WarBrief, under: Under): WireSentence[] {
  return [
    ...brief.messaging.flatMap((value) => {
      const heading =
        value.pain === null ? 'Promises beyond the pains' : `${value.pain.persona}: ${value.pain.pain}`;
      return [...under(heading, [value.claim]), ...under(heading, value.proof)];
    }),
    ...brief.unansweredPains.map(({ persona, pain }) =>
      gap(`${persona}: ${pain}`, 'No promise of the documents answers this pain.'),
    ),
  ];
}

function gap(heading: string | null, text: string): WireSentence {
  return { text, kind: 'gap', heading, speaker: null, citations: [] };
}

function sentenceToWire(sentence: BriefSentence, heading: string | null, resolve: Resolve): WireSentence {
  const citations = resolve(sentence.citations);
  const [first] = citations;
  const quoted = first !== undefined && plain(first.quote).includes(plain(sentence.text));
  return {
    text: sentence.text,
    kind: quoted ? 'quote' : 'synthesis',
    heading,
    speaker: sentence.speaker === null ? null : speakerName(sentence.speaker),
    citations,
  };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

/** A text without what only its writing needs: tags, emphasis, quotation marks, the ending, line breaks. */
function plain(text: string): string {
  return text
    .replaceAll(/<\/?[a-z][^<>]*>/giu, ' ')
    .replaceAll(/&(nbsp|amp|lt|gt|quot);/gu, (_entity, name: string) => entities[name] ?? ' ')
    .replaceAll(/[*_`>“”"]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .replace(/[.:;]$/u, '');
}

function speakerName(speaker: NonNullable<BriefSentence['speaker']>): string | null {
  const { name, role } = speaker;
  return name === null ? role : role === null ? name : `${name}, ${role}`;
}
