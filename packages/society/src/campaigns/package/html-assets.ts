import { findGaps, platformRules, type Review, type Verdict } from '../../guardians/index.ts';
import type { AssetVariant, DebateRound } from '../../guilds/muse/index.ts';
import type { CitationLinks } from './citation-links.ts';
import type { Section } from './html-sentences.ts';
import { escapeHtml, html, join, Markup } from './markup.ts';
import type { PackagedAsset, PackageInput } from './package-input.ts';
import { count, verdictWords } from './wording.ts';

const verdictClass: Readonly<Record<Verdict, string>> = { PASSED: 'good', WARNING: 'warn', REJECTED: 'bad' };

/** A text with its named gaps set off. */
function withGaps(text: string): readonly Markup[] {
  const parts: Markup[] = [];
  let from = 0;
  for (const gap of findGaps(text)) {
    parts.push(
      new Markup(escapeHtml(text.slice(from, gap.start))),
      new Markup(`<span class="gap">${escapeHtml(text.slice(gap.start, gap.end))}</span>`),
    );
    from = gap.end;
  }
  parts.push(new Markup(escapeHtml(text.slice(from))));
  return parts;
}

function copy(variant: AssetVariant): Markup {
  const lines = Object.entries(variant.lines);
  return html`${
    lines.length === 0
      ? null
      : html`<div class="scroll">
          <table>
            <tbody>
              ${lines.map(
                ([name, line]) =>
                  html`<tr>
                    <th>${name}</th>
                    <td>${line.text}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
  }
  ${join([new Markup('<div class="copy">'), ...withGaps(variant.text), new Markup('</div>')])}`;
}

function reviewBlock(review: Review | undefined): Markup {
  if (review === undefined) return html`<p class="note">Not reviewed.</p>`;
  return html`<p>
      <span class="badge ${verdictClass[review.verdict]}"
        >${review.guardian}: ${verdictWords[review.verdict]}</span
      >
    </p>
    ${
      review.findings.length === 0
        ? null
        : html`<ul class="findings">
            ${review.findings.map((finding) => html`<li class="${finding.severity}">${finding.message} <small class="note">${finding.rule}</small></li>`)}
          </ul>`
    }`;
}

function debateRound(round: DebateRound): Markup {
  return html`<h4>Round ${round.round}</h4>
    <ul class="findings">
      ${round.opinions.map(
        (opinion) =>
          html`<li>
            <b>${opinion.agentCode}</b>
            ${opinion.passed ? 'agrees' : 'sends it back'}${opinion.score === null ? null : ` (${opinion.score} of 10)`}${opinion.findings.length === 0 ? null : `: ${opinion.findings.map((finding) => finding.rule.replaceAll('_', ' ')).join(', ')}`}
          </li>`,
      )}
      ${round.changes.map((change) => html`<li>${change}</li>`)}
    </ul>`;
}

function variantCard(variant: AssetVariant, review: Review | undefined, links: CitationLinks): Markup {
  return html`<div class="card">
    <p class="eyebrow">Variant ${variant.id.slice(-1).toUpperCase()}</p>
    <p class="note">${variant.idea}</p>
    ${copy(variant)}
    <p class="note">Rests on ${links.cite(variant.citations)}</p>
    ${reviewBlock(review)}
    ${variant.gaps.length === 0 ? null : html`<p class="note"><b>To supply:</b> ${variant.gaps.join('; ')}.</p>`}
    <details>
      <summary>
        Debate, ${count(variant.history.length, 'round')}${variant.agreed ? ', agreed' : ', not agreed'}
      </summary>
      ${variant.history.map(debateRound)}
    </details>
  </div>`;
}

function assetBlock({ asset, reviews }: PackagedAsset, links: CitationLinks): Markup {
  return html`<h3>${platformRules[asset.channel].name} <small class="note">${asset.agentCode}</small></h3>
    <div class="cards">
      ${asset.variants.map((variant) =>
        variantCard(variant, reviews.find((entry) => entry.variantId === variant.id)?.review, links),
      )}
    </div>`;
}

/** The assets with what the panel and the guardians said. */
export function assetSections(input: PackageInput, links: CitationLinks): readonly Section[] {
  if (input.assets.length === 0) return [];
  const lead = input.model.offline
    ? 'Skeletons made of the documents’ own sentences by the offline model, with what is missing named. A writer takes it from here.'
    : `Drafts by ${input.model.label}. What no document proves was dropped.`;
  return [
    {
      id: 'assets',
      title: 'Assets',
      body: html`<p class="lead">${lead}</p>
        ${input.assets.map((asset) => assetBlock(asset, links))}`,
    },
  ];
}
