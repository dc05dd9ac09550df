/** A suggested brief in the words of the wire. */
import type { BriefSuggestion as WireSuggestion } from '@raptorflow/contract';
import { formatUsd } from '@raptorflow/runtime';
import type { BriefSuggestion } from '@raptorflow/society';
import { markToWire } from './model-mark.ts';
import { citationToWire } from './war-brief-wire.ts';

/** The suggestion with each value's passages. */
export function briefSuggestionToWire(suggestion: BriefSuggestion): WireSuggestion {
  const { name, product, positioning, personas, competitors, goals, channels, budgetUsd, deadline } =
    suggestion.brief;
  return {
    model: markToWire(suggestion.model),
    brief: {
      ...(name !== undefined && { name }),
      ...(product !== undefined && { product }),
      ...(positioning !== undefined && { positioning }),
      ...(personas !== undefined && {
        personas: personas.map((persona) => ({ ...persona, pains: [...persona.pains] })),
      }),
      ...(competitors !== undefined && { competitors: [...competitors] }),
      ...(goals !== undefined && { goals: [...goals] }),
      ...(channels !== undefined && { channels: [...channels] }),
      ...(budgetUsd !== undefined &&
        budgetUsd !== null && { budget_usd: formatUsd(Math.round(budgetUsd * 1_000_000)) }),
      ...(deadline !== undefined && deadline !== null && { deadline }),
    },
    findings: suggestion.findings.map(({ field, value, citations }) => ({
      field,
      value,
      citations: citations.map(citationToWire),
    })),
    unanswered: suggestion.unanswered.map(({ field, reason }) => ({ field, reason })),
  };
}
