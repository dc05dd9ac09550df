import { painTopicId, roleTopicId, type FactRow, type Finding } from '../guilds/research/index.ts';
import { BriefComposer, isTableRow, ToldPassages, type RelationLimits } from './brief-composer.ts';
import type { CampaignBrief } from './brief.ts';
import { computeConfidence } from './confidence.ts';
import {
  isAboutPeople,
  isAnswerTopic,
  isCommunication,
  isLimit,
  isMethod,
  isMoment,
  isOffer,
  isPrice,
  isPromiseTopic,
  isProse,
  isTrouble,
  isVoice,
  namesChannel,
  onTopic,
} from './finding-filters.ts';
import { positioningClauses } from './positioning.ts';
import { countSentiment } from './sentiment.ts';
import type { WarBriefInput } from './war-brief-input.ts';
import type {
  BriefAnswer,
  BriefChannel,
  BriefCompetitor,
  BriefFact,
  BriefObjection,
  BriefPersona,
  BriefSentence,
  ValueProposition,
  WarBrief,
} from './war-brief.ts';

/** How much of each thing a brief tells. */
const warBriefLimits: Readonly<{
  factsMax: number;
  contradictionsMax: number;
  sentencesPerPartMax: number;
  voicesMax: number;
  valuePropositionsMax: number;
  objectionsMax: number;
  termsMax: number;
}> = Object.freeze({
  factsMax: 400,
  contradictionsMax: 40,
  sentencesPerPartMax: 6,
  voicesMax: 16,
  valuePropositionsMax: 10,
  objectionsMax: 14,
  termsMax: 24,
});

const evidenceLimits: RelationLimits = { weightMin: 0.93, singleWeightMin: 0.77, limit: 4 };
const claimLimits: RelationLimits = { weightMin: 0.93, singleWeightMin: 0.8, limit: 1 };
const proofLimits: RelationLimits = { weightMin: 1.05, singleWeightMin: Infinity, limit: 3 };
const answerLimits: RelationLimits = { weightMin: 1.45, singleWeightMin: Infinity, limit: 2 };

const limitsHeading =
  /\b(?:limits?|limitations?|restrictions?|drawbacks?|weak(?:nesses)?|known issues|what it (?:does not|cannot)|not included|not suitable)\b/iu;

const per = warBriefLimits.sentencesPerPartMax;

/** Writes each part of the brief from the findings that fit it. */
export class WarBriefWriter {
  readonly #input: WarBriefInput;
  readonly #composer: BriefComposer;

  constructor(input: WarBriefInput) {
    const { brief, synthesis } = input;
    this.#input = input;
    this.#composer = new BriefComposer(synthesis.findings, [brief.product, ...brief.competitors]);
  }

  write(): WarBrief {
    const { brief, synthesis, campaignId, generatedAt, model } = this.#input;
    const composer = this.#composer;
    const content = {
      facts: this.#facts(),
      contradictions: synthesis.contradictions
        .slice(0, warBriefLimits.contradictionsMax)
        .map((row) => composer.contradiction(row)),
      answers: this.#answers(),
      ...this.#product(),
      competitors: brief.competitors.map((name) => this.#competitor(name)),
      personas: brief.personas.map((persona) => this.#persona(persona)),
      voices: this.#voices(),
      ...this.#messaging(),
      objections: this.#objections(),
      channels: this.#channels(),
    };
    const confidence = computeConfidence(content, brief.questions.length);
    const terms = synthesis.terms
      .slice(0, warBriefLimits.termsMax)
      .map((row) => ({ term: row.term, citation: composer.registry.idOf(row.citation) }));
    const citations = composer.registry.list();
    return {
      campaignId,
      generatedAt,
      product: brief.product,
      positioning: brief.positioning,
      model,
      sources: this.#input.documents.map((document) => ({
        documentId: document.documentId,
        title: document.title,
        mediaType: document.mediaType,
        citations: citations.filter((citation) => citation.documentId === document.documentId).length,
      })),
      citations,
      ...content,
      sentiment: countSentiment(synthesis.findings),
      terms,
      unanswered: synthesis.unanswered,
      connectors: synthesis.needsConnectors,
      confidence,
      rejected: synthesis.rejected,
    };
  }

  #facts(): readonly BriefFact[] {
    return selectFacts(this.#input.synthesis.facts, warBriefLimits.factsMax).map((row) =>
      this.#composer.fact(row),
    );
  }

  #answers(): readonly BriefAnswer[] {
    return this.#input.synthesis.answers.map((row) => ({
      question: row.question,
      confidence: row.confidence,
      answer: this.#composer.answer(row),
    }));
  }

  #product(): Pick<WarBrief, 'about' | 'market' | 'pricing' | 'offer' | 'timing'> {
    const { brief } = this.#input;
    const told = new ToldPassages();
    return {
      about: this.#about(told),
      market: this.#composer.pick(
        (f) =>
          onTopic('market/people', 'market/field')(f) &&
          isProse(f) &&
          isAboutPeople(f) &&
          !isMethod(f) &&
          !brief.competitors.includes(f.subject ?? ''),
        per + 2,
        told,
      ),
      pricing: this.#composer.pick(
        (f) => isPrice(f) && !isVoice(f) && onTopic(`${brief.product}/pricing`)(f),
        per + 4,
      ),
      offer: this.#composer.pick(
        (f) =>
          onTopic('offer/try', 'offer/promise', 'offer/included')(f) &&
          isProse(f) &&
          isOffer(f) &&
          !isLimit(f) &&
          this.#isOwn(f),
        per + 2,
      ),
      timing: this.#composer.pick(
        (f) => onTopic('timing/plan', 'timing/market', 'news/own')(f) && isProse(f) && isMoment(f),
        per + 4,
      ),
    };
  }

  /** Sentences that say what the product is come first, wherever they were found. */
  #about(told: ToldPassages): readonly BriefSentence[] {
    const { product } = this.#input.brief;
    const isDefinition = (text: string): boolean =>
      text.startsWith(product) && /^.{0,60}\b(?:is|are|was made|helps|watches|lets|replaces)\b/u.test(text);
    const stated = this.#input.synthesis.facts.flatMap((fact): readonly BriefSentence[] => {
      const [first] = fact.citations;
      if (fact.subject !== product || !isDefinition(this.#composer.bare(fact.statement)) || told.has(first))
        return [];
      told.add(first);
      const { statement: text, citations, standing } = this.#composer.fact(fact);
      return [{ text, citations, subject: product, standing, speaker: null }];
    });
    const found = this.#composer.pick(
      (f) => this.#isOwn(f) && isProse(f) && isDefinition(f.statement),
      per,
      told,
    );
    const others = this.#composer.pick(
      (f) => onTopic('product/what')(f) && isProse(f) && !isMethod(f),
      2,
      told,
    );
    return [...stated, ...found, ...others].slice(0, per);
  }

  #competitor(name: string): BriefCompetitor {
    const told = new ToldPassages();
    const isOf = (finding: Finding): boolean => finding.subject === name || finding.subject === null;
    const pick = (
      topic: string,
      fits: (finding: Finding) => boolean,
      limit: number = per,
    ): readonly BriefSentence[] =>
      this.#composer.pick((f) => onTopic(topic)(f) && isOf(f) && fits(f), limit, told);
    return {
      name,
      pricing: pick(`${name}/pricing`, (f) => isPrice(f) && !isVoice(f), per + 2),
      strengths: pick(`${name}/strengths`, (f) => isProse(f) && !isTrouble(f)),
      weaknesses: this.#composer.pick(
        (f) =>
          isOf(f) &&
          isProse(f) &&
          (f.topic === `${name}/weaknesses` || (isTrouble(f) && f.topic.startsWith(`${name}/`))),
        per + 2,
        told,
      ),
      message: pick(`${name}/message`, (f) => isProse(f) && isCommunication(f)),
      news: pick(`news/${name}`, (f) => isProse(f) && isMoment(f)),
      offer: pick(`${name}/offer`, isProse),
      voices: this.#composer.pick((f) => isVoice(f) && f.subject === name, per, told),
    };
  }

  #persona(persona: CampaignBrief['personas'][number]): BriefPersona {
    const told = new ToldPassages();
    return {
      name: persona.name,
      role: persona.role,
      pains: persona.pains.map((pain, index) => {
        const topic = painTopicId(persona.name, index);
        const fits = (f: Finding): boolean =>
          f.topic.startsWith('voice/') ||
          (f.topic === topic && !isTableRow(f.statement) && (isVoice(f) || this.#isOwn(f) || isTrouble(f)));
        return { pain, evidence: this.#composer.related(pain, fits, evidenceLimits, told) };
      }),
      background: this.#composer.pick(
        (f) => f.topic === roleTopicId(persona.name) && isProse(f) && isAboutPeople(f),
        3,
        told,
      ),
    };
  }

  #voices(): WarBrief['voices'] {
    const { product } = this.#input.brief;
    const told = new ToldPassages();
    const limit = warBriefLimits.voicesMax;
    const pick = (fits: (finding: Finding) => boolean): readonly BriefSentence[] =>
      this.#composer.pick((f) => f.topic.startsWith('voice/') && fits(f), limit, told);
    return {
      pains: pick((f) => f.kind === 'pain'),
      praise: pick((f) => f.kind === 'praise' && f.subject === product),
      wishes: pick((f) => f.kind === 'wish'),
      others: pick((f) => f.kind === 'opinion'),
    };
  }

  /** Promises that answer the brief's pains come first, then those that carry its positioning, then the best of the rest. */
  #messaging(): Pick<WarBrief, 'messaging' | 'unansweredPains'> {
    const { brief } = this.#input;
    const told = new ToldPassages();
    const isPromise = (f: Finding): boolean =>
      isPromiseTopic(f) &&
      isProse(f) &&
      f.standing === 'stated' &&
      this.#isOwn(f) &&
      !isLimit(f) &&
      !isMethod(f);
    const messaging: ValueProposition[] = [];
    const unansweredPains: { persona: string; pain: string }[] = [];
    for (const { name: persona, pains } of brief.personas) {
      for (const pain of pains) {
        const [claim] = this.#composer.related(pain, isPromise, claimLimits, told);
        if (claim === undefined) unansweredPains.push({ persona, pain });
        else
          messaging.push({
            pain: { persona, pain },
            claim,
            proof: this.#proof(`${pain} ${claim.text}`, claim),
          });
      }
    }
    const carrying = positioningClauses(brief.positioning).flatMap((clause) =>
      this.#composer.related(clause, isPromise, claimLimits, told),
    );
    const room = Math.max(0, warBriefLimits.valuePropositionsMax - messaging.length - carrying.length);
    const others = this.#composer.pick((f) => isPromise(f) && f.topic === 'product/value', room, told);
    messaging.push(
      ...[...carrying, ...others].map((claim) => ({
        pain: null,
        claim,
        proof: this.#proof(claim.text, claim),
      })),
    );
    return { messaging, unansweredPains };
  }

  #proof(text: string, claim: BriefSentence): readonly BriefSentence[] {
    const proves = (f: Finding): boolean =>
      f.standing === 'stated' &&
      this.#isOwn(f) &&
      ((f.topic === 'product/proof' && isProse(f)) || (f.topic.startsWith('voice/') && f.kind === 'praise'));
    return this.#composer
      .related(text, proves, proofLimits)
      .filter((proof) => proof.citations[0] !== claim.citations[0]);
  }

  /** What holds people back: what they said of the product, and the limits that its documents name. */
  #objections(): readonly BriefObjection[] {
    const told = new ToldPassages();
    const { personas } = this.#input.brief;
    const kinds = new Set<Finding['kind']>(['objection', 'wish', 'pain']);
    // A pain the product is there to end is no objection to it.
    const isKnownPain = (f: Finding): boolean =>
      personas.some((persona) =>
        persona.pains.some((pain) => this.#composer.belongs(pain, f, evidenceLimits)),
      );
    const said = this.#composer.pick(
      (f) => f.topic.startsWith('voice/') && this.#isOwn(f) && kinds.has(f.kind) && !isKnownPain(f),
      warBriefLimits.objectionsMax,
      told,
    );
    const answers = (f: Finding): boolean =>
      isAnswerTopic(f) && isProse(f) && this.#isOwn(f) && f.standing === 'stated';
    return [...said, ...this.#limits()].map((objection) => ({
      objection,
      answers: this.#composer
        .related(objection.text, answers, answerLimits)
        .filter((answer) => answer.citations[0] !== objection.citations[0]),
    }));
  }

  #limits(): readonly BriefSentence[] {
    const told = new ToldPassages();
    const { product } = this.#input.brief;
    const named = this.#input.synthesis.facts.flatMap((fact): readonly BriefSentence[] => {
      const [first] = fact.citations;
      const heading = first?.section.at(-1) ?? '';
      if (fact.subject !== product || !limitsHeading.test(heading) || told.has(first)) return [];
      told.add(first);
      const { statement: text, citations } = this.#composer.fact(fact);
      return [{ text, citations, subject: product, standing: fact.standing, speaker: null }];
    });
    const found = this.#composer.pick(
      (f) => onTopic('product/limits')(f) && isProse(f) && isLimit(f) && this.#isOwn(f),
      per,
      told,
    );
    return [...named, ...found].slice(0, per);
  }

  #channels(): readonly BriefChannel[] {
    const isEvidence = (f: Finding): boolean => f.kind === 'channel' && this.#isOwn(f) && isCommunication(f);
    const named = this.#input.brief.channels.map((channel) => ({
      channel,
      evidence: this.#composer.pick((f) => isEvidence(f) && namesChannel(f, channel), 3),
    }));
    const told = new Set(named.flatMap((row) => row.evidence.map((sentence) => sentence.text)));
    const others = this.#composer.pick((f) => isEvidence(f) && !told.has(f.statement), per);
    return others.length === 0 ? named : [...named, { channel: null, evidence: others }];
  }

  #isOwn(finding: Finding): boolean {
    return finding.subject === null || finding.subject === this.#input.brief.product;
  }
}

/** The facts worth a row, subject by subject and the most telling first within each. */
function selectFacts(facts: readonly FactRow[], limit: number): readonly FactRow[] {
  const chosen = facts.filter((fact) => fact.value.trim() !== '').slice(0, limit);
  const subjects = [...new Set(chosen.map((fact) => fact.subject))];
  return subjects.flatMap((subject) => chosen.filter((fact) => fact.subject === subject));
}
