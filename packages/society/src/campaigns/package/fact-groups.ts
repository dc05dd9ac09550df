import type { BriefFact, WarBrief } from '../war-brief.ts';

/** Facts of one passage as one row: a sentence with its values, or a row of a table with its cells. */
export interface FactGroup {
  readonly subject: string;
  /** The sentence, or the name of the table row. */
  readonly claim: string;
  readonly values: readonly { readonly attribute: string; readonly value: string }[];
  readonly citations: readonly string[];
  readonly isDisputed: boolean;
  readonly contradictions: BriefFact['contradictions'];
  readonly weight: number;
}

/** From this weight on a fact stands in the open table; the others are folded away in HTML. */
export const keyFactWeightMin = 0.7;

const rowName = /^([^:;]{1,40}): ([^;]+); [^:;]{1,40}: /u;

/** One row per passage, in the order of the brief's facts, the heaviest first within each subject. */
export function groupFacts(facts: WarBrief['facts']): readonly FactGroup[] {
  const byPassage = new Map<string, BriefFact[]>();
  for (const fact of facts) {
    const key = `${fact.subject}|${fact.citations[0]}`;
    byPassage.set(key, [...(byPassage.get(key) ?? []), fact]);
  }
  const groups = [...byPassage.values()].flatMap((members): FactGroup[] => {
    const [first] = members;
    if (first === undefined) return [];
    const named = rowName.exec(first.statement)?.[2];
    const isRow = named !== undefined && members.every((fact) => rowName.test(fact.statement));
    return [
      {
        subject: first.subject,
        claim: isRow ? named : first.statement,
        values: members.map((fact) => ({
          attribute: isRow ? fact.attribute.replace(`${named}, `, '') : fact.attribute,
          value: fact.value,
        })),
        citations: [...new Set(members.flatMap((fact) => fact.citations))],
        isDisputed: members.some((fact) => fact.standing === 'disputed'),
        contradictions: members.flatMap((fact) => fact.contradictions),
        weight: Math.max(...members.map((fact) => fact.weight)),
      },
    ];
  });
  const subjects = [...new Set(groups.map((group) => group.subject))];
  return subjects.flatMap((subject) =>
    groups.filter((group) => group.subject === subject).toSorted((a, b) => b.weight - a.weight),
  );
}
