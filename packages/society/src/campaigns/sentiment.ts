import type { Finding } from '../guilds/research/index.ts';
import type { SentimentRow } from './war-brief.ts';

/** Counts what people feel about each product from what they said; every voice counts once. */
export function countSentiment(findings: readonly Finding[]): readonly SentimentRow[] {
  const voices = new Map<string, Finding[]>();
  const seen = new Set<string>();
  for (const finding of findings) {
    const [first] = finding.citations;
    const place = `${first?.documentId}:${first?.start}`;
    if (finding.speaker === null || finding.subject === null || seen.has(place)) continue;
    if (!finding.topic.startsWith('voice/')) continue;
    seen.add(place);
    voices.set(finding.subject, [...(voices.get(finding.subject) ?? []), finding]);
  }
  return [...voices].map(([subject, said]) => {
    const count = (kind: Finding['kind']): number => said.filter((finding) => finding.kind === kind).length;
    const sum = said.reduce((total, finding) => total + (finding.speaker?.sentiment ?? 0), 0);
    return {
      subject,
      pains: count('pain'),
      praise: count('praise'),
      wishes: count('wish'),
      objections: count('objection'),
      others: count('opinion'),
      mean: Math.round((sum / said.length) * 100) / 100,
    };
  });
}
