import { platformRules } from '../../guardians/index.ts';
import type { BudgetPlan } from '../budget-simulation.ts';
import type { Quest } from '../quest.ts';
import type { CitationLinks } from './citation-links.ts';
import { sentenceList, type Section } from './html-sentences.ts';
import { html, type Markup } from './markup.ts';
import { assumptionRow, percent } from './wording.ts';

function chapters(quest: Quest, links: CitationLinks): Markup {
  return html`<ol class="timeline">
    ${quest.chapters.map(
      (chapter) =>
        html`<li>
          <p class="eyebrow">
            Chapter ${chapter.number} · ${chapter.period.startsOn} – ${chapter.period.endsOn} ·
            ${chapter.experiencePoints} XP
          </p>
          <h3>${chapter.name}</h3>
          <p>${chapter.purpose}</p>
          <ul class="points">
            ${chapter.moves.map(
              (move) =>
                html`<li>
                  <b>${move.name}</b>
                  <small class="note">by ${move.dueOn} · ${move.owner}</small
                  >${sentenceList(move.basis, links)}
                </li>`,
            )}
          </ul>
          <h4>Done when</h4>
          <ul class="points">
            ${chapter.successCriteria.map((criterion) => html`<li>${criterion}</li>`)}
          </ul>
        </li>`,
    )}
  </ol>`;
}

function assumptions(plan: BudgetPlan): Markup {
  return html`<details>
    <summary>The assumptions behind these figures</summary>
    <p class="note">These are assumptions of the program, not facts of the documents. ${plan.method}</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Channel</th>
            <th>Cost of a visit</th>
            <th>Share that responds</th>
            <th>Reach</th>
            <th>Note</th>
          </tr>
        </thead>
        <tbody>
          ${plan.assumptions.map((assumption) => {
            const row = assumptionRow(assumption);
            return html`<tr>
              <td>${platformRules[assumption.channel].name}</td>
              <td>${row.cost}</td>
              <td>${row.response}</td>
              <td>${row.reach}</td>
              <td>${assumption.note}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
}

function budget(plan: BudgetPlan): Markup {
  const amount = (value: number): string => value.toLocaleString('en-US');
  return html`<h3>Budget: $${amount(plan.totalUsd)}</h3>
    <p class="note">
      Simulated, not promised: ${amount(plan.runs)} campaigns of ${plan.weeks} weeks, seed ${plan.seed}. A
      response is whatever the goal counts. In ${percent(plan.atLeastEqualSplit)} of them this split brings at
      least as many responses as equal parts.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Channel</th>
            <th class="num">Dollars</th>
            <th>Share</th>
            <th class="num">Responses, low (10 %)</th>
            <th class="num">middle</th>
            <th class="num">high (90 %)</th>
          </tr>
        </thead>
        <tbody>
          ${plan.lines.map(
            (line) =>
              html`<tr>
                <td>${platformRules[line.channel].name}</td>
                <td class="num">${amount(line.usd)}</td>
                <td>
                  ${percent(line.share)}
                  <div class="bar"><i style="width:${Math.round(line.share * 100)}%"></i></div>
                </td>
                <td class="num">${amount(line.responses.p10)}</td>
                <td class="num">${amount(line.responses.p50)}</td>
                <td class="num">${amount(line.responses.p90)}</td>
              </tr>`,
          )}
          <tr>
            <td><b>Together</b></td>
            <td class="num"><b>${amount(plan.totalUsd)}</b></td>
            <td></td>
            <td class="num">${amount(plan.responses.p10)}</td>
            <td class="num"><b>${amount(plan.responses.p50)}</b></td>
            <td class="num">${amount(plan.responses.p90)}</td>
          </tr>
        </tbody>
      </table>
    </div>
    ${assumptions(plan)}`;
}

/** The plan as a section; a campaign without one has none. */
export function planSections(quest: Quest | null, links: CitationLinks): readonly Section[] {
  if (quest === null) return [];
  return [
    {
      id: 'plan',
      title: 'Plan',
      body: html`<p class="lead">${quest.period.startsOn} to ${quest.period.endsOn}, in five chapters.</p>
        ${
          quest.goals.length === 0
            ? null
            : html`<h3>Goals of the brief</h3>
                <ul class="points">
                  ${quest.goals.map((goal) => html`<li>${goal}</li>`)}
                </ul>`
        }
        ${chapters(quest, links)} ${quest.budget === null ? null : budget(quest.budget)}
        ${
          quest.risks.length === 0
            ? null
            : html`<h3>Risks</h3>
                <ul class="points">
                  ${quest.risks.map((risk) => html`<li><b>${risk.risk}</b> ${risk.response}${sentenceList(risk.basis, links)}</li>`)}
                </ul>`
        }
        <h3>Assumed</h3>
        <ul class="points">
          ${quest.assumptions.map((assumption) => html`<li>${assumption}</li>`)}
        </ul>`,
    },
  ];
}
