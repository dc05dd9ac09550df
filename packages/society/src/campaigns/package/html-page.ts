import type { WarBrief } from '../war-brief.ts';
import { CitationLinks } from './citation-links.ts';
import { billSection, sourcesSection } from './html-appendix.ts';
import { assetSections } from './html-assets.ts';
import { briefSections } from './html-brief.ts';
import type { Section } from './html-sentences.ts';
import { planSections } from './html-plan.ts';
import { html, Markup } from './markup.ts';
import type { PackageInput } from './package-input.ts';
import { packageStyle } from './style.ts';
import { moment, percent, shortDollars } from './wording.ts';

function tile(value: string | number, label: string): Markup {
  return html`<li><b>${value}</b><span>${label}</span></li>`;
}

function tiles(input: PackageInput, brief: WarBrief): Markup {
  const open = brief.contradictions.filter((row) => row.preferred === null).length;
  return html`<ul class="tiles">
    ${tile(percent(brief.confidence.value), 'confidence, computed')} ${tile(brief.facts.length, 'facts')}
    ${tile(brief.citations.length, 'quotes')}
    ${tile(brief.contradictions.length, `contradictions, ${open} open`)}
    ${tile(brief.unanswered.length, 'questions left open')}
    ${tile(input.assets.length, 'assets in two variants')} ${tile(shortDollars(input.costUsd), 'cost')}
  </ul>`;
}

function header(input: PackageInput): Markup {
  const { brief, warBrief } = input;
  return html`<header>
    <p class="eyebrow">Campaign package · ${brief.product}</p>
    <h1>${brief.name}</h1>
    <p class="lead">${brief.positioning}</p>
    <p>
      <span class="badge${input.model.offline ? ' warn' : ''}">${input.model.label}</span>
      <span class="note">packed ${moment(input.packedAt)} · ${input.campaign.id}</span>
    </p>
    ${tiles(input, warBrief)}
  </header>`;
}

/** The package as one HTML file: no script, nothing fetched, every text escaped. */
export function renderHtml(input: PackageInput): string {
  const links = new CitationLinks(input.warBrief.citations);
  const above: readonly Section[] = [
    ...briefSections(input.warBrief, links),
    ...planSections(input.quest, links),
    ...assetSections(input, links),
    billSection(input),
  ];
  const sections = [...above, sourcesSection(input, links)];
  const page = html`<!doctype html>
    <html lang="${input.brief.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="generator" content="RaptorFlow" />
        <title>${input.brief.name} – ${input.brief.product}</title>
        <style>
          ${new Markup(packageStyle)}
        </style>
      </head>
      <body>
        <div class="page">
          <nav aria-label="Contents">
            <ol>
              ${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}
            </ol>
          </nav>
          <main>
            ${header(input)}
            ${sections.map(
              (section) =>
                html`<section id="${section.id}">
                  <h2>${section.title}</h2>
                  ${section.body}
                </section>`,
            )}
            <footer class="end">
              Made by RaptorFlow with ${input.model.label}. Every sentence above leads to its source; what has
              none was left out.
            </footer>
          </main>
        </div>
      </body>
    </html>`;
  return page.text;
}
