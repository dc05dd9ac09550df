import type { ContentUnderReview, RuleFinding } from '../content.ts';

/** What any page needs before a search engine can show it well: a title, a description, one first heading. */
export function inspectPage(content: ContentUnderReview): readonly RuleFinding[] {
  const findings: RuleFinding[] = [];
  if (content.title === undefined || content.title.trim() === '') {
    findings.push({
      rule: 'title_missing',
      severity: 'rejection',
      message: 'A page needs a title.',
      field: 'title',
    });
  }
  if (content.description === undefined || content.description.trim() === '') {
    findings.push({
      rule: 'description_missing',
      severity: 'warning',
      message: 'Without a description, search engines choose a passage themselves.',
      field: 'description',
    });
  }
  const firstHeadings = content.text.match(/^# \S/gmu)?.length ?? 0;
  if (firstHeadings > 1) {
    findings.push({
      rule: 'headings',
      severity: 'warning',
      message: `The page has ${firstHeadings} first-level headings; use one.`,
      field: 'text',
    });
  }
  return findings;
}
