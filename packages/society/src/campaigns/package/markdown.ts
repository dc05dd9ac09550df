import { platformRules } from '../../guardians/index.ts';
import type { AssetVariant } from '../../guilds/muse/index.ts';
import { answers, contradictions, facts, messages, people } from './markdown-brief.ts';
import { cite, list, table, type Lines } from './markdown-lines.ts';
import { plan } from './markdown-plan.ts';
import { escapeMarkdown as text } from './markup.ts';
import type { PackageInput } from './package-input.ts';
import { count, dollars, moment, runDuration, runName, shortDollars, verdictWords } from './wording.ts';

function variantBlock(variant: AssetVariant, verdict: Lines): Lines {
  // The copy is quoted whole; a fence longer than any run of backticks inside keeps it one block.
  const longest = Math.max(2, ...[...variant.text.matchAll(/`+/gu)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return [
    `#### Variant ${variant.id.slice(-1).toUpperCase()}: ${variant.idea}`,
    '',
    ...Object.entries(variant.lines).map(([name, line]) => `- ${name}: ${text(line.text)}`),
    '',
    `${fence}text`,
    variant.text,
    fence,
    '',
    `Rests on${cite(variant.citations)}.`,
    '',
    ...verdict,
    ...(variant.gaps.length === 0 ? [] : [`- To supply: ${variant.gaps.map(text).join('; ')}`]),
    `- Debate: ${count(variant.history.length, 'round')}, ${variant.agreed ? 'agreed' : 'not agreed'}`,
    ...variant.history.flatMap((round) =>
      round.changes.map((change) => `  - round ${round.round}: ${text(change)}`),
    ),
    '',
  ];
}

function assets(input: PackageInput): Lines {
  if (input.assets.length === 0) return [];
  return [
    '## Assets',
    '',
    input.model.offline
      ? 'Skeletons made of the documents’ own sentences by the offline model, with what is missing named.'
      : `Drafts by ${text(input.model.label)}. What no document proves was dropped.`,
    '',
    ...input.assets.flatMap(({ asset, reviews }) => [
      `### ${platformRules[asset.channel].name} (${asset.agentCode})`,
      '',
      ...asset.variants.flatMap((variant) => {
        const review = reviews.find((entry) => entry.variantId === variant.id)?.review;
        return variantBlock(
          variant,
          review === undefined
            ? ['- Not reviewed.']
            : [
                `- ${review.guardian}: **${verdictWords[review.verdict]}**`,
                ...review.findings.map((finding) => `  - ${finding.severity}: ${text(finding.message)}`),
              ],
        );
      }),
    ]),
  ];
}

function appendix(input: PackageInput): Lines {
  return [
    '## Bill and runs',
    '',
    `${shortDollars(input.costUsd)}${input.model.offline ? ' – the offline model costs nothing' : ''}, in ${count(input.runs.length, 'run')}.`,
    '',
    ...table(
      ['Run', 'Status', 'Took', 'Tokens in', 'Tokens out', 'Cost, $'],
      input.runs.map((run) => [
        text(runName(run, input.campaign.id)),
        run.state.status,
        runDuration(run),
        String(run.inputTokens),
        String(run.outputTokens),
        dollars(run.costMicroUsd),
      ]),
    ),
    '## Sources',
    '',
    ...input.warBrief.citations.flatMap((citation) => {
      const section = citation.section.length > 0 ? ` › ${citation.section.map(text).join(' › ')}` : '';
      return [
        `<a id="${citation.id}"></a>**\\[${citation.id.slice(1)}\\]** ${text(citation.title)}${section} (characters ${citation.start}–${citation.end})`,
        '',
        `> ${text(citation.quote)}`,
        '',
      ];
    }),
  ];
}

/** The package as Markdown: each reference leads to its quote in the list of sources. */
export function renderMarkdown(input: PackageInput): string {
  const { brief, warBrief } = input;
  const lines: Lines = [
    `# ${text(brief.name)}`,
    '',
    `*${text(brief.positioning)}*`,
    '',
    `**${text(input.model.label)}** · packed ${moment(input.packedAt)} · confidence ${warBrief.confidence.value.toFixed(2)} · ${count(warBrief.citations.length, 'quote')} · cost ${shortDollars(input.costUsd)} · ${input.campaign.id}`,
    '',
    '## Facts',
    '',
    ...facts(warBrief),
    '## Contradictions',
    '',
    ...contradictions(warBrief),
    '',
    `## ${text(brief.product)} and its market`,
    '',
    ...list(warBrief.about, brief.product),
    ...list(warBrief.market, brief.product),
    '',
    ...people(warBrief),
    ...messages(warBrief),
    ...answers(warBrief),
    ...plan(input.quest, brief.product),
    ...assets(input),
    ...appendix(input),
  ];
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/gu, '\n\n')
    .trimEnd()}\n`;
}
