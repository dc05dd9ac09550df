export type { Asked, Topic } from './asking.ts';
export {
  countCitations,
  emptyReport,
  isWithoutSource,
  type AnsweredQuestion,
  type ConnectorNeed,
  type ContradictionRow,
  type FactRow,
  type Finding,
  type FindingKind,
  type OtherValue,
  type ResearchContext,
  type Researcher,
  type ResearchReport,
  type Speaker,
  type TermRow,
  type Unanswered,
} from './report.ts';
export { researchCodes, researcherByCode } from './researchers.ts';
export {
  markByContradictions,
  mergeFindings,
  type Synthesis,
  synthesisCode,
  synthesise,
} from './synthesis.ts';
export { painTopicId, roleTopicId } from './topics.ts';
