import type { WarBrief } from '../war-brief.ts';
import type { CitationLinks } from './citation-links.ts';
import { groupFacts, keyFactWeightMin, type FactGroup } from './fact-groups.ts';
import type { Section } from './html-sentences.ts';
import { html, type Markup } from './markup.ts';
import { count } from './wording.ts';

function factRow(group: FactGroup, links: CitationLinks): Markup {
  const others = group.contradictions.map(
    (other) =>
      html`<div>
        ${other.standing === 'stated' ? other.value : html`<del>${other.value}</del>`}
        <small class="note">${other.standing === 'stated' ? 'also stated' : other.standing}</small
        >${links.cite([other.citation])}
      </div>`,
  );
  return html`<tr>
    <td>
      ${group.claim}${links.cite(group.citations)}${group.isDisputed ? html` <span class="badge warn">disputed</span>` : null}
    </td>
    <td>
      <ul class="values">
        ${group.values.map(({ attribute, value }) => html`<li><b>${value}</b> <small>${attribute}</small></li>`)}
      </ul>
    </td>
    <td>${others}</td>
  </tr>`;
}

function factTable(groups: readonly FactGroup[], links: CitationLinks): Markup {
  const subjects = [...new Set(groups.map((group) => group.subject))];
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>What the documents say</th>
          <th>Value</th>
          <th>Contradicted by</th>
        </tr>
      </thead>
      ${subjects.map(
        (subject) =>
          html`<tbody>
            <tr class="subject">
              <th colspan="3" scope="rowgroup">${subject}</th>
            </tr>
            ${groups.filter((group) => group.subject === subject).map((group) => factRow(group, links))}
          </tbody>`,
      )}
    </table>
  </div>`;
}

/** The fact table. */
export function factsSection(brief: WarBrief, links: CitationLinks): Section {
  const groups = groupFacts(brief.facts);
  const key = groups.filter((group) => group.weight >= keyFactWeightMin || group.contradictions.length > 0);
  const rest = groups.filter((group) => !key.includes(group));
  return {
    id: 'facts',
    title: 'Facts',
    body: html`<p class="lead">Figures first. Each small number leads to the passage it comes from.</p>
      ${key.length === 0 ? html`<p>The documents state no values.</p>` : factTable(key, links)}
      ${
        rest.length === 0
          ? null
          : html`<details>
              <summary>${count(rest.length, 'further fact')}</summary>
              ${factTable(rest, links)}
            </details>`
      }`,
  };
}

/** The contradictions, both sides. */
export function contradictionsSection(brief: WarBrief, links: CitationLinks): Section {
  const rows = brief.contradictions.map(
    (row) =>
      html`<div class="card">
        <h4>${row.subject}: ${row.attribute}</h4>
        <ul class="points">
          ${row.statements.map((statement, index) => {
            const isOut = row.preferred !== null && row.preferred !== index;
            const value = isOut ? html`<del>${statement.value}</del>` : html`<b>${statement.value}</b>`;
            return html`<li>${value} – ${statement.statement}${links.cite([statement.citation])}</li>`;
          })}
        </ul>
        <p class="note">
          ${row.preferred === null ? html`<span class="badge bad">open</span>` : html`<span class="badge good">settled by the documents</span>`}
          ${row.reason}
        </p>
      </div>`,
  );
  return {
    id: 'contradictions',
    title: 'Contradictions',
    body: html`<p class="lead">
        Where the documents disagree, both sides are shown. An open one must be settled before either value is
        used.
      </p>
      ${rows.length === 0 ? html`<p>No two documents contradict each other on a value.</p>` : html`<div class="cards">${rows}</div>`}`,
  };
}
