import type { BriefCompetitor, BriefPersona, BriefSentence, WarBrief } from '../war-brief.ts';
import type { CitationLinks } from './citation-links.ts';
import { contradictionsSection, factsSection } from './html-facts.ts';
import { quotations, sentenceItem, sentenceList, titledList, type Section } from './html-sentences.ts';
import { html, type Markup } from './markup.ts';
import { count, percent } from './wording.ts';

function competitorCard(competitor: BriefCompetitor, links: CitationLinks): Markup {
  const part = (title: string, sentences: readonly BriefSentence[]): Markup | null =>
    titledList(title, sentences, links, competitor.name);
  const parts = [
    part('Offer', competitor.offer),
    part('Prices', competitor.pricing),
    part('Strengths', competitor.strengths),
    part('Weak points', competitor.weaknesses),
    part('How they talk', competitor.message),
    part('News', competitor.news),
    part('What customers say', competitor.voices),
  ];
  return html`<div class="card">
    <h3>${competitor.name}</h3>
    ${parts.every((entry) => entry === null) ? html`<p class="note">The documents say nothing about this competitor.</p>` : parts}
  </div>`;
}

function personaCard(persona: BriefPersona, links: CitationLinks, product: string): Markup {
  return html`<div class="card">
    <h3>${persona.name}</h3>
    <p class="note">${persona.role}</p>
    ${persona.pains.map(
      ({ pain, evidence }) =>
        html`<h4>${pain}</h4>
          ${sentenceList(evidence, links, product) ?? html`<p class="note">No passage of the documents speaks of this pain.</p>`}`,
    )}
    ${titledList('What else the documents say', persona.background, links, product)}
  </div>`;
}

function sentimentTable(brief: WarBrief): Markup | null {
  if (brief.sentiment.length === 0) return null;
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Voices about</th>
            <th class="num">Praise</th>
            <th class="num">Pains</th>
            <th class="num">Objections</th>
            <th class="num">Wishes</th>
            <th class="num">Other</th>
            <th class="num">Mean mood (−1 … 1)</th>
          </tr>
        </thead>
        <tbody>
          ${brief.sentiment.map(
            (row) =>
              html`<tr>
                <td>${row.subject}</td>
                <td class="num">${row.praise}</td>
                <td class="num">${row.pains}</td>
                <td class="num">${row.objections}</td>
                <td class="num">${row.wishes}</td>
                <td class="num">${row.others}</td>
                <td class="num">${row.mean.toFixed(2)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">
      Counted from what people said in the documents; the mood is computed from their words.
    </p>`;
}

function peopleSections(brief: WarBrief, links: CitationLinks): readonly Section[] {
  const { product } = brief;
  return [
    {
      id: 'competitors',
      title: 'Competitors',
      body: html`<div class="cards">
        ${brief.competitors.map((competitor) => competitorCard(competitor, links))}
      </div>`,
    },
    {
      id: 'personas',
      title: 'People and their pains',
      body: html`<p class="lead">
          The pains are those of the brief; what stands below each is what the documents hold for it.
        </p>
        <div class="cards">${brief.personas.map((persona) => personaCard(persona, links, product))}</div>`,
    },
    {
      id: 'voices',
      title: 'Voices',
      body: html`${sentimentTable(brief)}
      ${
        brief.voices.praise.length === 0
          ? null
          : html`<h3>Praise for ${product}</h3>
              ${quotations(brief.voices.praise, links, product)}`
      }
      ${
        brief.voices.pains.length === 0
          ? null
          : html`<h3>Pains</h3>
              ${quotations(brief.voices.pains, links, product)}`
      }
      ${
        brief.voices.wishes.length === 0
          ? null
          : html`<h3>Wishes</h3>
              ${quotations(brief.voices.wishes, links, product)}`
      }
      ${
        brief.voices.others.length === 0
          ? null
          : html`<h3>What else people said</h3>
              ${quotations(brief.voices.others, links, product)}`
      }`,
    },
  ];
}

function messagingSection(brief: WarBrief, links: CitationLinks): Section {
  return {
    id: 'messaging',
    title: 'Messages',
    body: html`<div class="cards">
        ${brief.messaging.map(
          ({ pain, claim, proof }) =>
            html`<div class="card">
              <p class="eyebrow">${pain === null ? 'Value' : `${pain.persona}: ${pain.pain}`}</p>
              <p><b>${claim.text}</b>${links.cite(claim.citations)}</p>
              ${
                proof.length === 0
                  ? html`<p class="note">No separate proof was found; the sentence stands for itself.</p>`
                  : html`<h4>Proof</h4>
                      ${sentenceList(proof, links, brief.product)}`
              }
            </div>`,
        )}
      </div>
      ${
        brief.unansweredPains.length === 0
          ? null
          : html`<h3>Pains without an answer</h3>
              <p class="note">No sentence of the documents promises anything for these:</p>
              <ul class="points">
                ${brief.unansweredPains.map(({ persona, pain }) => html`<li>${persona}: ${pain}</li>`)}
              </ul>`
      }`,
  };
}

function offerSection(brief: WarBrief, links: CitationLinks): Section {
  return {
    id: 'offer',
    title: 'Price and offer',
    body: html`${titledList('Prices', brief.pricing, links, brief.product)}
    ${titledList('Offer', brief.offer, links, brief.product)}`,
  };
}

function objectionsSection(brief: WarBrief, links: CitationLinks): Section {
  return {
    id: 'objections',
    title: 'Objections and limits',
    body: html`<ul class="points">
      ${brief.objections.map(
        ({ objection, answers }) =>
          html`${sentenceItem(objection, links, brief.product)}
          ${answers.length === 0 ? null : html`<li class="note">The documents answer: ${sentenceList(answers, links, brief.product)}</li>`}`,
      )}
    </ul>`,
  };
}

function channelsSection(brief: WarBrief, links: CitationLinks): Section {
  return {
    id: 'channels',
    title: 'Channels',
    body: html`${brief.channels.map(
      ({ channel, evidence }) =>
        html`<h4>${channel === null ? 'Other channels' : channel.replaceAll('_', ' ')}</h4>
          ${sentenceList(evidence, links, brief.product) ?? html`<p class="note">The documents say nothing about this channel; it is in the brief.</p>`}`,
    )}
    ${
      brief.terms.length === 0
        ? null
        : html`<h3>Words of the documents</h3>
            <p>
              ${brief.terms.map((row) => html`<span class="who">${row.term}${links.cite([row.citation])}</span> `)}
            </p>`
    }`,
  };
}

function answersSection(brief: WarBrief, links: CitationLinks): Section {
  return {
    id: 'answers',
    title: 'Questions of the brief',
    body: html`${brief.answers.map(
        ({ question, answer }) =>
          html`<h4>${question}</h4>
            <ul class="points">
              ${sentenceItem(answer, links, brief.product)}
            </ul>`,
      )}
      <h3>What I could not answer from these documents</h3>
      ${
        brief.unanswered.length === 0
          ? html`<p>Nothing was left open.</p>`
          : html`<ul class="points">
              ${brief.unanswered.map((row) => html`<li><b>${row.question}</b> <span class="note">${row.reason}</span></li>`)}
            </ul>`
      }
      ${
        brief.connectors.length === 0
          ? null
          : html`<h3>Sources this installation lacks</h3>
              <ul class="points">
                ${brief.connectors.map((need) => html`<li><b>${need.connector.replaceAll('_', ' ')}</b> – ${need.purpose}</li>`)}
              </ul>`
      }`,
  };
}

function confidenceSection(brief: WarBrief): Section {
  const { confidence } = brief;
  return {
    id: 'confidence',
    title: 'Confidence',
    body: html`<p class="lead">${confidence.value.toFixed(2)} – ${confidence.formula}.</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Input</th>
              <th>Meaning</th>
              <th>Share</th>
              <th class="num">Weight</th>
            </tr>
          </thead>
          <tbody>
            ${confidence.inputs.map(
              (input) =>
                html`<tr>
                  <td>${input.name}</td>
                  <td>${input.meaning}</td>
                  <td>
                    ${percent(input.value)}
                    <div class="bar"><i style="width:${Math.round(input.value * 100)}%"></i></div>
                  </td>
                  <td class="num">${input.weight.toFixed(2)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${brief.rejected === 0 ? null : html`<p class="note">${count(brief.rejected, 'statement')} of the model ${brief.rejected === 1 ? 'was' : 'were'} dropped, because a quote was not found in its document or a number stood in none.</p>`}`,
  };
}

/** The sections of the war brief, facts first. */
export function briefSections(brief: WarBrief, links: CitationLinks): readonly Section[] {
  return [
    factsSection(brief, links),
    contradictionsSection(brief, links),
    {
      id: 'market',
      title: `${brief.product} and its market`,
      body: html`${titledList(`What ${brief.product} is`, brief.about, links, brief.product)}
      ${titledList('Market', brief.market, links, brief.product)}`,
    },
    ...peopleSections(brief, links),
    messagingSection(brief, links),
    offerSection(brief, links),
    objectionsSection(brief, links),
    channelsSection(brief, links),
    {
      id: 'timing',
      title: 'Timing',
      body: html`${sentenceList(brief.timing, links, brief.product) ?? html`<p class="note">The documents name no moment.</p>`}`,
    },
    answersSection(brief, links),
    confidenceSection(brief),
  ];
}
