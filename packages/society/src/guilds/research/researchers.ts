import type { CampaignBrief } from '../../campaigns/brief.ts';
import { researchers as researchRoster } from '../../rosters/index.ts';
import { askAnswers, askClaims, askFacts, askTerms, askVoices, type Topic } from './asking.ts';
import { competitorTopics, newsTopics, pricingTopics } from './competitor-topics.ts';
import { emptyReport, type ConnectorNeed, type Researcher } from './report.ts';
import { synthesisCode } from './synthesis.ts';
import {
  channelTopics,
  marketTopics,
  messageTopics,
  offerTopics,
  painTopicId,
  personaTopics,
  timingTopics,
  usabilityTopics,
} from './topics.ts';

const claimsPerTopic = 12;
const termsMax = 40;
const pricesMax = 120;

const connectorPurposes: Readonly<Record<string, string>> = {
  ad_library: 'show advertisements that competitors keep running',
  backlink_index: 'show which sites link to competitors',
  browser: 'look at the pages themselves',
  crm: 'read the correspondence with prospects',
  forums: 'find questions beyond the documents',
  news_search: 'find announcements beyond the documents',
  patent_register: 'search patent filings',
  review_sites: 'read reviews beyond the documents',
  search_trends: 'show how interest moves over the year',
  search_volume: 'show how often terms are searched for',
  social_networks: 'see what people say in public',
  technology_lookup: 'see which technology sites use',
  web_pages: 'read the present pages of the product and its competitors',
};

/** The connectors that the roster names for an agent, with what each would add. */
function connectorNeeds(agentCode: string): readonly ConnectorNeed[] {
  const config = researchRoster.find((agent) => agent.code === agentCode)?.config;
  const connectors = config?.['connectors'];
  if (!Array.isArray(connectors)) return [];
  return connectors.map((connector) => ({
    connector: String(connector),
    purpose: `It would ${connectorPurposes[String(connector)] ?? 'add a source beyond the documents'}.`,
  }));
}

/** A researcher that looks for claims on topics and does nothing else. */
function claimResearcher(code: string, topicsOf: (brief: CampaignBrief) => readonly Topic[]): Researcher {
  return async (context) => {
    const claims = await askClaims(context, code, topicsOf(context.brief), claimsPerTopic);
    return {
      ...emptyReport(code),
      findings: claims.rows,
      rejected: claims.rejected,
      needsConnectors: connectorNeeds(code),
    };
  };
}

/** A researcher whose whole work needs a source that documents cannot replace: it names the connector and stops. */
function connectorResearcher(code: string): Researcher {
  return async () => ({ ...emptyReport(code), needsConnectors: connectorNeeds(code) });
}

/** RES-004 and RES-009: what people said; RES-009 looks at feelings only, so questions of fact are left to others. */
function voiceResearcher(code: string): Researcher {
  return async (context) => {
    const voices = await askVoices(context, code);
    return {
      ...emptyReport(code),
      findings: voices.rows,
      rejected: voices.rejected,
      needsConnectors: connectorNeeds(code),
    };
  };
}

/** RES-013: the brief's own questions. */
const questionResearcher: Researcher = async (context) => {
  const code = 'RES-013';
  const answers = await askAnswers(context, code, context.brief.questions);
  return {
    ...emptyReport(code),
    answers: answers.rows,
    unanswered: answers.unanswered,
    rejected: answers.rejected,
    needsConnectors: connectorNeeds(code),
  };
};

/** RES-015: prices as claims and as facts. */
const pricingResearcher: Researcher = async (context) => {
  const code = 'RES-015';
  const claims = await askClaims(context, code, pricingTopics(context.brief), claimsPerTopic);
  const facts = await askFacts(
    context,
    code,
    pricesMax,
    'prices, fees, discounts, and what belongs to each plan',
  );
  return {
    ...emptyReport(code),
    findings: claims.rows,
    facts: facts.rows.filter((fact) => fact.kind === 'price'),
    rejected: claims.rejected + facts.rejected,
    needsConnectors: connectorNeeds(code),
  };
};

/** RES-018: terms. */
const termResearcher: Researcher = async (context) => {
  const code = 'RES-018';
  const terms = await askTerms(context, code, termsMax);
  return {
    ...emptyReport(code),
    terms: terms.rows,
    rejected: terms.rejected,
    needsConnectors: connectorNeeds(code),
  };
};

/** RES-017: evidence for personas; a persona without any is said to have none. */
const personaResearcher: Researcher = async (context) => {
  const code = 'RES-017';
  const claims = await askClaims(context, code, personaTopics(context.brief), claimsPerTopic);
  const proven = new Set(claims.rows.map((finding) => finding.topic));
  const unanswered = context.brief.personas.flatMap((persona) =>
    persona.pains
      .filter((_, index) => !proven.has(painTopicId(persona.name, index)))
      .map((pain) => ({
        question: `Does ${persona.name} (${persona.role}) really have this pain: ${pain}?`,
        reason: 'No passage of the documents speaks of it.',
      })),
  );
  return { ...emptyReport(code), findings: claims.rows, unanswered, rejected: claims.rejected };
};

const marketAndMessages = (brief: CampaignBrief): readonly Topic[] => [
  ...messageTopics(brief),
  ...channelTopics(),
  ...marketTopics(),
];

/** Every researcher by code but RES-020, which works on the others' reports. */
export const researcherByCode: Readonly<Record<string, Researcher>> = Object.freeze({
  'RES-001': claimResearcher('RES-001', competitorTopics),
  'RES-002': connectorResearcher('RES-002'),
  'RES-003': claimResearcher('RES-003', timingTopics),
  'RES-004': voiceResearcher('RES-004'),
  'RES-005': connectorResearcher('RES-005'),
  'RES-006': connectorResearcher('RES-006'),
  'RES-007': connectorResearcher('RES-007'),
  'RES-008': claimResearcher('RES-008', marketAndMessages),
  'RES-009': voiceResearcher('RES-009'),
  'RES-010': connectorResearcher('RES-010'),
  'RES-011': claimResearcher('RES-011', usabilityTopics),
  'RES-012': claimResearcher('RES-012', newsTopics),
  'RES-013': questionResearcher,
  'RES-014': connectorResearcher('RES-014'),
  'RES-015': pricingResearcher,
  'RES-016': connectorResearcher('RES-016'),
  'RES-017': personaResearcher,
  'RES-018': termResearcher,
  'RES-019': claimResearcher('RES-019', offerTopics),
});

/** The codes of the researchers that a campaign commands at once; RES-020 follows when they are done. */
export const researchCodes: readonly string[] = Object.freeze(
  Object.keys(researcherByCode).filter((code) => code !== synthesisCode),
);
