import { platformRules } from '../../guardians/index.ts';
import type { BudgetPlan } from '../budget-simulation.ts';
import type { Quest } from '../quest.ts';
import { list, part, table, type Lines } from './markdown-lines.ts';
import { escapeMarkdown as text } from './markup.ts';
import { assumptionRow, percent } from './wording.ts';

const amount = (value: number): string => value.toLocaleString('en-US');

function budgetLines(budget: BudgetPlan): Lines {
  return [
    `### Budget: $${amount(budget.totalUsd)}`,
    '',
    `Simulated, not promised: ${amount(budget.runs)} campaigns of ${budget.weeks} weeks, seed ${budget.seed}. In ${percent(budget.atLeastEqualSplit)} of them this split brings at least as many responses as equal parts.`,
    '',
    ...table(
      ['Channel', 'Dollars', 'Share', 'Responses 10 %', '50 %', '90 %'],
      budget.lines.map((line) => [
        platformRules[line.channel].name,
        amount(line.usd),
        percent(line.share),
        amount(line.responses.p10),
        amount(line.responses.p50),
        amount(line.responses.p90),
      ]),
    ),
    `Assumptions of the program, not facts of the documents. ${text(budget.method)}`,
    '',
    ...table(
      ['Channel', 'Cost of a visit', 'Share that responds', 'Reach', 'Note'],
      budget.assumptions.map((assumption) => {
        const shown = assumptionRow(assumption);
        return [
          platformRules[assumption.channel].name,
          shown.cost,
          shown.response,
          shown.reach,
          text(assumption.note),
        ];
      }),
    ),
  ];
}

/** Strategos' plan. */
export function plan(quest: Quest | null, product: string): Lines {
  if (quest === null) return [];
  const { budget } = quest;
  return [
    '## Plan',
    '',
    `${quest.period.startsOn} to ${quest.period.endsOn}.`,
    '',
    ...part(
      'Goals of the brief',
      quest.goals.map((goal) => `- ${text(goal)}`),
    ),
    ...quest.chapters.flatMap((chapter) => [
      `### Chapter ${chapter.number}: ${chapter.name} (${chapter.period.startsOn} – ${chapter.period.endsOn})`,
      '',
      chapter.purpose,
      '',
      ...chapter.moves.flatMap((move) => [
        `- **${text(move.name)}** – by ${move.dueOn}, ${move.owner}`,
        ...list(move.basis, product).map((line) => `  ${line}`),
      ]),
      '',
      ...chapter.successCriteria.map((criterion) => `- Done when: ${text(criterion)}`),
      '',
    ]),
    ...(budget === null ? [] : budgetLines(budget)),
    ...part(
      'Risks',
      quest.risks.flatMap((risk) => [
        `- **${text(risk.risk)}** ${text(risk.response)}`,
        ...list(risk.basis, product).map((line) => `  ${line}`),
      ]),
    ),
    ...part(
      'Assumed',
      quest.assumptions.map((assumption) => `- ${text(assumption)}`),
    ),
  ];
}
