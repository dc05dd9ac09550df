import { exemptions as allExemptions } from './exemptions.ts';
import type { Exemption } from './exemptions.ts';
import type { Finding, Rule } from './rule.ts';
import { rules as allRules } from './rules.ts';
import { readTree } from './tree.ts';

/** What a run found. `filesLookedAt` counts parsed sources. */
export interface TidyReport {
  readonly findings: readonly Finding[];
  readonly filesLookedAt: number;
}

/** Reads the tree under `root` and asks every rule. Findings are sorted by path, line and rule. */
export async function tidy(
  root: string,
  rules: readonly Rule[] = allRules,
  exemptions: readonly Exemption[] = allExemptions,
): Promise<TidyReport> {
  const tree = readTree(root);
  const used = new Set<Exemption>();
  const findings: Finding[] = [];
  for (const rule of rules) {
    for (const violation of await rule.check(tree)) {
      const finding = { ...violation, rule: rule.name };
      const exemption = exemptions.find((candidate) => covers(candidate, finding));
      if (exemption === undefined) findings.push(finding);
      else used.add(exemption);
    }
  }
  const unused = exemptions
    .filter((exemption) => !used.has(exemption))
    .map((exemption) => unusedExemption(exemption));
  findings.push(...unused);
  findings.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line || a.rule.localeCompare(b.rule));
  return { findings, filesLookedAt: tree.sources.length };
}

function covers(exemption: Exemption, finding: Finding): boolean {
  if (exemption.rule !== finding.rule) return false;
  if (exemption.name !== undefined && exemption.name !== finding.name) return false;
  return exemption.path.endsWith('/')
    ? finding.path.startsWith(exemption.path)
    : exemption.path === finding.path;
}

function unusedExemption(exemption: Exemption): Finding {
  return {
    rule: 'exemption',
    path: 'tools/tidy/exemptions.ts',
    line: 1,
    message: `the exemption of ${exemption.path} from ${exemption.rule} exempts nothing`,
    instead: 'remove it',
  };
}
