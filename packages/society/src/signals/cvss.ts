import type { Severity } from './signal.ts';

type Weights = Readonly<Record<string, number>>;

const attackVector: Weights = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 };
const attackComplexity: Weights = { L: 0.77, H: 0.44 };
const privilegesUnchanged: Weights = { N: 0.85, L: 0.62, H: 0.27 };
const privilegesChanged: Weights = { N: 0.85, L: 0.68, H: 0.5 };
const userInteraction: Weights = { N: 0.85, R: 0.62 };
const impactOf: Weights = { H: 0.56, L: 0.22, N: 0 };

/** The qualitative rating of a score (CVSS v3.1 specification, section 5; v4.0 uses the same); undefined outside of 0 to 10. */
export function ratingOf(score: number): Severity | undefined {
  if (!(score >= 0 && score <= 10)) return undefined;
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}

/**
 * The base score of a vector `CVSS:3.0/…` or `CVSS:3.1/…` (CVSS v3.1 specification, section 7.1). Undefined for anything else; the score of a v4.0
 * vector comes from a table of the standard, and its publishers give it beside the vector.
 */
export function baseScore(vector: string): number | undefined {
  const [head, ...parts] = vector.trim().split('/');
  if (head !== 'CVSS:3.0' && head !== 'CVSS:3.1') return undefined;
  const metrics = new Map(parts.map((part) => part.split(':', 2) as [string, string | undefined]));
  const weight = (name: string, weights: Weights): number => {
    const value = metrics.get(name) ?? '';
    return Object.hasOwn(weights, value) ? (weights[value] ?? Number.NaN) : Number.NaN;
  };
  const scope = metrics.get('S');
  const isChanged = scope === 'C';
  if (!isChanged && scope !== 'U') return undefined;
  const lost = (name: string): number => 1 - weight(name, impactOf);
  const base = 1 - lost('C') * lost('I') * lost('A');
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
  const exploitability =
    8.22 *
    weight('AV', attackVector) *
    weight('AC', attackComplexity) *
    weight('PR', isChanged ? privilegesChanged : privilegesUnchanged) *
    weight('UI', userInteraction);
  if (Number.isNaN(impact) || Number.isNaN(exploitability)) return undefined;
  if (impact <= 0) return 0;
  return roundUp(Math.min(isChanged ? 1.08 * (impact + exploitability) : impact + exploitability, 10));
}

/** To the next tenth, in integers, as appendix A of the specification asks for. */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** A CVSS vector anywhere in a text. */
export const vectorPattern: RegExp = /CVSS:3\.[01](?:\/[A-Za-z]{1,3}:[A-Za-z]{1,2}){8,}/u;
