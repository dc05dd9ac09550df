import { RaptorFlowError } from 'raptorflow/kernel';
import type { CampaignBrief } from '../../campaigns/brief.ts';
import {
  distinctCitations,
  proveStatement,
  unsupportedNumbers,
  verifyQuote,
  type Citation,
} from '../../evidence/index.ts';
import {
  askedAnswersSchema,
  askedClaimsSchema,
  askedContradictionsSchema,
  askedFactsSchema,
  askedTermsSchema,
  askedVoicesSchema,
  type AskedContradiction,
  type AskedFact,
} from './asked.ts';
import type {
  AnsweredQuestion,
  ContradictionRow,
  FactRow,
  Finding,
  FindingKind,
  ResearchContext,
  TermRow,
  Unanswered,
} from './report.ts';

/** What one question to the model gave, and how much of it had to be dropped. */
export interface Asked<T> {
  readonly rows: readonly T[];
  readonly rejected: number;
}

/** A topic that claims are looked for: short search phrases, and the kind its findings get. */
export interface Topic {
  readonly id: string;
  readonly label: string;
  readonly kind: FindingKind;
  readonly queries: readonly string[];
  readonly subjects?: readonly string[] | undefined;
}

const discipline = [
  'Work only from the documents given.',
  'Every quote is copied word for word from the document whose id you name.',
  'Write each statement so that it uses no number, name or date that is not in its quote.',
  'Leave out what the documents do not say.',
].join(' ');

/** The names the brief is about, as the offline model takes them. */
function subjectsOf(brief: CampaignBrief): readonly { name: string; role: 'own' | 'competitor' }[] {
  return [
    { name: brief.product, role: 'own' as const },
    ...brief.competitors.map((name) => ({ name, role: 'competitor' as const })),
  ];
}

function stopIfAborted(context: ResearchContext): void {
  if (context.signal.aborted) {
    throw new RaptorFlowError('cancelled', 'The research was cancelled.', { cause: context.signal.reason });
  }
}

const describeSubjects = (brief: CampaignBrief): string =>
  `The product is ${brief.product}. ${brief.competitors.length > 0 ? `Its competitors are ${brief.competitors.join(', ')}. ` : ''}`;

/** Claims for each topic, most relevant first. */
export async function askClaims(
  context: ResearchContext,
  agentCode: string,
  topics: readonly Topic[],
  limitPerTopic: number,
): Promise<Asked<Finding>> {
  if (topics.length === 0 || context.documents.length === 0) return { rows: [], rejected: 0 };
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:find_claims`, {
    task: {
      kind: 'find_claims',
      input: {
        subjects: subjectsOf(context.brief),
        topics: topics.map(({ id, label, queries, subjects }) => ({
          id,
          label,
          queries: [...queries],
          ...(subjects === undefined ? {} : { subjects: [...subjects] }),
        })),
        limitPerTopic,
      },
    },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}For each topic give up to ${limitPerTopic} claims, the most useful first. Topics:\n${topics
      .map((topic) => `- ${topic.id}: ${topic.label} (${topic.queries.join('; ')})`)
      .join('\n')}`,
    schema: askedClaimsSchema,
  });
  const rows: Finding[] = [];
  let rejected = 0;
  for (const asked of answer.topics) {
    const topic = topics.find((candidate) => candidate.id === asked.id);
    if (topic === undefined) continue;
    for (const claim of asked.claims) {
      const proven = proveStatement(
        { text: claim.text, quotes: [claim.citation, ...(claim.alsoIn ?? [])], context: claim.context },
        context.documents,
      );
      if (proven === undefined) {
        rejected += 1;
        continue;
      }
      rows.push({
        id: `${agentCode}.${rows.length + 1}`,
        agentCode,
        kind: topic.kind,
        topic: topic.id,
        statement: proven.text,
        subject: claim.subject ?? null,
        standing: claim.standing,
        relevance: claim.score ?? 0.7,
        citations: proven.citations,
        context: proven.context ?? null,
        speaker: null,
      });
    }
  }
  return { rows, rejected };
}

const voiceKinds = {
  pain: 'pain',
  praise: 'praise',
  wish: 'wish',
  objection: 'objection',
  neutral: 'opinion',
} as const;

/** What people said, in the order of the documents. */
export async function askVoices(context: ResearchContext, agentCode: string): Promise<Asked<Finding>> {
  if (context.documents.length === 0) return { rows: [], rejected: 0 };
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:find_voices`, {
    task: { kind: 'find_voices', input: { subjects: subjectsOf(context.brief), voicesMax: 200 } },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}Collect what customers and users said in interviews, quotes and reviews. Keep their words unchanged and say whether it is a pain, praise, a wish or an objection.`,
    schema: askedVoicesSchema,
  });
  const rows: Finding[] = [];
  let rejected = 0;
  for (const voice of answer.voices) {
    const proven = proveStatement({ text: voice.text, quotes: [voice.citation] }, context.documents);
    if (proven === undefined) {
      rejected += 1;
      continue;
    }
    rows.push({
      id: `${agentCode}.v${rows.length + 1}`,
      agentCode,
      kind: voiceKinds[voice.kind],
      topic: `voice/${voice.subject ?? 'unknown'}`,
      statement: proven.text,
      subject: voice.subject ?? null,
      standing: 'stated',
      relevance: Math.min(1, 0.5 + Math.abs(voice.sentiment) / 2),
      citations: proven.citations,
      context: null,
      speaker: {
        name: voice.speaker ?? null,
        role: voice.role ?? null,
        stance: voiceKinds[voice.kind],
        sentiment: voice.sentiment,
        rating: voice.rating ?? null,
      },
    });
  }
  return { rows, rejected };
}

function proveFact(asked: AskedFact, id: string, context: ResearchContext): FactRow | undefined {
  const proven = proveStatement(
    { text: asked.claim, quotes: asked.citations, context: asked.context },
    context.documents,
  );
  if (proven === undefined) return undefined;
  const evidence = [...proven.citations, ...(proven.context === undefined ? [] : [proven.context])];
  if (
    unsupportedNumbers(
      asked.value,
      evidence.map((citation) => citation.quote),
    ).length > 0
  )
    return undefined;
  return {
    id,
    subject: asked.subject,
    attribute: asked.attribute,
    value: asked.value,
    kind: asked.kind,
    statement: proven.text,
    standing: asked.standing,
    reason: asked.reason ?? null,
    weight: asked.weight ?? 0.5,
    citations: proven.citations,
    context: proven.context ?? null,
    contradictions: asked.contradictions.flatMap((other) => {
      const citation = verifyQuote(other.citation, context.documents);
      return citation === undefined
        ? []
        : [{ value: other.value, statement: other.claim, standing: other.standing, citation }];
    }),
  };
}

/** Values stated about the product and its competitors, the most telling first. */
export async function askFacts(
  context: ResearchContext,
  agentCode: string,
  factsMax: number,
  about: string,
): Promise<Asked<FactRow>> {
  if (context.documents.length === 0) return { rows: [], rejected: 0 };
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:find_facts`, {
    task: { kind: 'find_facts', input: { subjects: subjectsOf(context.brief), factsMax } },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}List up to ${factsMax} facts: ${about}. Write values as the document does. Where documents disagree, give the other values as contradictions; a value that a document calls outdated or a draft is never the main one.`,
    schema: askedFactsSchema,
  });
  const rows: FactRow[] = [];
  for (const fact of answer.facts) {
    const row = proveFact(fact, `${agentCode}.f${rows.length + 1}`, context);
    if (row !== undefined) rows.push(row);
  }
  return { rows, rejected: answer.facts.length - rows.length };
}

function proveContradiction(
  asked: AskedContradiction,
  context: ResearchContext,
): ContradictionRow | undefined {
  const statements = asked.statements.flatMap((statement, index) => {
    const citation = verifyQuote(statement.citation, context.documents);
    return citation === undefined
      ? []
      : [{ index, value: statement.value, statement: statement.claim, marks: statement.marks, citation }];
  });
  if (statements.length < 2) return undefined;
  const preferred = statements.findIndex((statement) => statement.index === asked.preferred);
  return {
    subject: asked.subject,
    attribute: asked.attribute,
    statements: statements.map(({ value, statement, marks, citation }) => ({
      value,
      statement,
      marks,
      citation,
    })),
    preferred: preferred < 0 ? null : preferred,
    reason: asked.reason,
  };
}

/** Where the documents disagree. */
export async function askContradictions(
  context: ResearchContext,
  agentCode: string,
): Promise<Asked<ContradictionRow>> {
  if (context.documents.length === 0) return { rows: [], rejected: 0 };
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:find_contradictions`, {
    task: { kind: 'find_contradictions', input: { subjects: subjectsOf(context.brief) } },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}List where the documents give different values for the same thing. Prefer a statement only for a reason the documents give: one is marked outdated or a draft, or is dated later.`,
    schema: askedContradictionsSchema,
  });
  const rows = answer.contradictions.flatMap((asked) => proveContradiction(asked, context) ?? []);
  return { rows, rejected: answer.contradictions.length - rows.length };
}

/** Answers to questions, and what could not be answered with the reason. */
export async function askAnswers(
  context: ResearchContext,
  agentCode: string,
  questions: readonly string[],
): Promise<Asked<AnsweredQuestion> & { readonly unanswered: readonly Unanswered[] }> {
  const none = 'No document of this campaign says it.';
  if (questions.length === 0) return { rows: [], rejected: 0, unanswered: [] };
  if (context.documents.length === 0) {
    return { rows: [], rejected: 0, unanswered: questions.map((question) => ({ question, reason: none })) };
  }
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:answer_questions`, {
    task: {
      kind: 'answer_questions',
      input: {
        subjects: subjectsOf(context.brief),
        questions: questions.map((text, index) => ({ id: `q${index + 1}`, text })),
      },
    },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}Answer each question in one sentence from one passage, or say that it is unanswered and what is missing. Questions:\n${questions
      .map((text, index) => `- q${index + 1}: ${text}`)
      .join('\n')}`,
    schema: askedAnswersSchema,
  });
  const rows: AnsweredQuestion[] = [];
  const unanswered: Unanswered[] = [];
  let rejected = 0;
  for (const [index, question] of questions.entries()) {
    const asked = answer.answers.find((candidate) => candidate.id === `q${index + 1}`);
    if (asked?.answered !== true || asked.answer === undefined || asked.citation === undefined) {
      unanswered.push({ question, reason: asked?.reason ?? none });
      continue;
    }
    const proven = proveStatement(
      { text: asked.answer, quotes: [asked.citation], context: asked.context },
      context.documents,
    );
    if (proven === undefined) {
      rejected += 1;
      unanswered.push({
        question,
        reason: 'The model’s answer could not be found in the document it named.',
      });
      continue;
    }
    const supporting = asked.supporting.flatMap((quote): Citation[] => {
      const citation = verifyQuote(quote, context.documents);
      return citation === undefined ? [] : [citation];
    });
    rows.push({
      question,
      answer: proven.text,
      standing: asked.standing ?? 'stated',
      confidence: asked.confidence,
      citations: distinctCitations([...proven.citations, ...supporting]),
      context: proven.context ?? null,
    });
  }
  return { rows, rejected, unanswered };
}

/** The terms of the documents, most telling first. */
export async function askTerms(
  context: ResearchContext,
  agentCode: string,
  termsMax: number,
): Promise<Asked<TermRow>> {
  if (context.documents.length === 0) return { rows: [], rejected: 0 };
  stopIfAborted(context);
  const answer = await context.ask(`${agentCode}:rank_terms`, {
    task: { kind: 'rank_terms', input: { subjects: subjectsOf(context.brief), termsMax } },
    sources: context.documents,
    instructions: `${discipline} ${describeSubjects(context.brief)}Give the ${termsMax} most telling terms of the documents and of the customers, each with the passage that shows it best.`,
    schema: askedTermsSchema,
  });
  const rows = answer.terms.flatMap((asked) => {
    const citation = verifyQuote(asked.citation, context.documents);
    return citation === undefined
      ? []
      : [{ term: asked.term, count: asked.count, documents: asked.documents, citation }];
  });
  return { rows, rejected: answer.terms.length - rows.length };
}
