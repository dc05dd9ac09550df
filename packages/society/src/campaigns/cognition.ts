import type { Synthesis } from '../guilds/research/index.ts';
import { findGroundingFaults } from './grounding.ts';
import type { WarBriefInput } from './war-brief-input.ts';
import { WarBriefWriter } from './war-brief-writer.ts';
import type { WarBrief } from './war-brief.ts';

/**
 * Cognition's war brief, composed from the synthesis alone: nothing is written that no report holds. Whatever would put a
 * number into the brief that no cited quote holds is left out and counted as rejected.
 */
export function composeWarBrief(input: WarBriefInput): WarBrief {
  const draft = new WarBriefWriter(input).write();
  const faults = findGroundingFaults(draft);
  if (faults.length === 0) return draft;
  const bad = new Set(faults.map((fault) => fault.text));
  return new WarBriefWriter({ ...input, synthesis: without(input.synthesis, bad) }).write();
}

/** A statement is told without its subject in front, so both forms are looked for. */
function isOneOf(bad: ReadonlySet<string>, text: string): boolean {
  const colon = text.indexOf(': ');
  return bad.has(text) || (colon > 0 && bad.has(text.slice(colon + 2)));
}

function without(synthesis: Synthesis, bad: ReadonlySet<string>): Synthesis {
  return {
    ...synthesis,
    findings: synthesis.findings.filter((finding) => !isOneOf(bad, finding.statement)),
    facts: synthesis.facts.filter(
      (fact) => !isOneOf(bad, fact.statement) && !bad.has(fact.value) && !bad.has(fact.attribute),
    ),
    contradictions: synthesis.contradictions.filter(
      (row) =>
        !row.statements.some((statement) => isOneOf(bad, statement.statement) || bad.has(statement.value)),
    ),
    answers: synthesis.answers.filter((answer) => !isOneOf(bad, answer.answer)),
    rejected: synthesis.rejected + bad.size,
  };
}
