import { platformRules } from '../../guardians/index.ts';
import type { BriefSentence, WarBrief } from '../war-brief.ts';
import { groupFacts } from './fact-groups.ts';
import { cell, cite, list, part, sentence, table, type Lines } from './markdown-lines.ts';
import { escapeMarkdown as text } from './markup.ts';
import { percent } from './wording.ts';

/** The fact table. */
export function facts(brief: WarBrief): Lines {
  const groups = groupFacts(brief.facts);
  const subjects = [...new Set(groups.map((group) => group.subject))];
  return subjects.flatMap((subject) => [
    `### ${text(subject)}`,
    '',
    ...table(
      ['What the documents say', 'Value', 'Contradicted by'],
      groups
        .filter((group) => group.subject === subject)
        .map((group) => [
          `${cell(group.claim)}${cite(group.citations)}${group.isDisputed ? ' **(disputed)**' : ''}`,
          group.values.map(({ attribute, value }) => `**${cell(value)}** ${cell(attribute)}`).join('<br>'),
          group.contradictions
            .map((other) => {
              const value = other.standing === 'stated' ? cell(other.value) : `~~${cell(other.value)}~~`;
              return `${value} (${other.standing === 'stated' ? 'also stated' : other.standing})${cite([other.citation])}`;
            })
            .join('<br>'),
        ]),
    ),
  ]);
}

/** Contradictions, both sides. */
export function contradictions(brief: WarBrief): Lines {
  if (brief.contradictions.length === 0) return ['No two documents contradict each other on a value.', ''];
  return brief.contradictions.flatMap((entry) => [
    `- **${text(entry.subject)}: ${text(entry.attribute)}** – ${entry.preferred === null ? '**open**' : 'settled by the documents'}: ${text(entry.reason)}`,
    ...entry.statements.map((statement, index) => {
      const isOut = entry.preferred !== null && entry.preferred !== index;
      const value = isOut ? `~~${text(statement.value)}~~` : `**${text(statement.value)}**`;
      return `  - ${value} – ${text(statement.statement)}${cite([statement.citation])}`;
    }),
  ]);
}

/** Competitors, personas, voices. */
export function people(brief: WarBrief): Lines {
  const { product } = brief;
  return [
    '## Competitors',
    '',
    ...brief.competitors.flatMap((competitor) => {
      const parts: readonly (readonly [string, readonly BriefSentence[]])[] = [
        ['Offer', competitor.offer],
        ['Prices', competitor.pricing],
        ['Strengths', competitor.strengths],
        ['Weak points', competitor.weaknesses],
        ['How they talk', competitor.message],
        ['News', competitor.news],
        ['What customers say', competitor.voices],
      ];
      const told = parts.filter(([, items]) => items.length > 0);
      return [
        `### ${text(competitor.name)}`,
        '',
        ...(told.length === 0 ? ['The documents say nothing about this competitor.', ''] : []),
        ...told.flatMap(([title, items]) => [`**${title}**`, '', ...list(items, competitor.name), '']),
      ];
    }),
    '## People and their pains',
    '',
    ...brief.personas.flatMap((persona) => [
      `### ${text(persona.name)} – ${text(persona.role)}`,
      '',
      ...persona.pains.flatMap(({ pain, evidence }) => [
        `**${text(pain)}**`,
        '',
        ...(evidence.length === 0
          ? ['No passage of the documents speaks of this pain.']
          : list(evidence, product)),
        '',
      ]),
      ...list(persona.background, product),
      '',
    ]),
    '## Voices',
    '',
    ...table(
      ['Voices about', 'Praise', 'Pains', 'Objections', 'Wishes', 'Other', 'Mean mood (−1 … 1, computed)'],
      brief.sentiment.map((entry) => [
        cell(entry.subject),
        String(entry.praise),
        String(entry.pains),
        String(entry.objections),
        String(entry.wishes),
        String(entry.others),
        entry.mean.toFixed(2),
      ]),
    ),
    ...part(`Praise for ${text(product)}`, list(brief.voices.praise, product)),
    ...part('Pains', list(brief.voices.pains, product)),
    ...part('Wishes', list(brief.voices.wishes, product)),
    ...part('What else people said', list(brief.voices.others, product)),
  ];
}

/** Messages, offer, objections, channels, timing. */
export function messages(brief: WarBrief): Lines {
  const { product } = brief;
  return [
    '## Messages',
    '',
    ...brief.messaging.flatMap(({ pain, claim, proof }) => [
      `- **${text(claim.text)}**${cite(claim.citations)}${pain === null ? '' : ` – answers ${text(pain.persona)}: ${text(pain.pain)}`}`,
      ...list(proof, product).map((line) => `  ${line}`),
    ]),
    '',
    ...part(
      'Pains without an answer in the documents',
      brief.unansweredPains.map(({ persona, pain }) => `- ${text(persona)}: ${text(pain)}`),
    ),
    '## Price and offer',
    '',
    ...list(brief.pricing, product),
    ...list(brief.offer, product),
    '',
    '## Objections and limits',
    '',
    ...brief.objections.flatMap(({ objection, answers }) => [
      sentence(objection, product),
      ...list(answers, product).map((line) => `  ${line.replace('- ', '- The documents answer: ')}`),
    ]),
    '',
    '## Channels',
    '',
    ...brief.channels.flatMap(({ channel, evidence }) => [
      `**${channel === null ? 'Other channels' : platformRules[channel].name}**`,
      '',
      ...(evidence.length === 0
        ? ['The documents say nothing about this channel; it is in the brief.']
        : list(evidence, product)),
      '',
    ]),
    '## Timing',
    '',
    ...list(brief.timing, product),
    '',
  ];
}

/** Answers, gaps, confidence. */
export function answers(brief: WarBrief): Lines {
  return [
    '## Questions of the brief',
    '',
    ...brief.answers.flatMap(({ question, answer }) => [
      `**${text(question)}**`,
      '',
      sentence(answer, brief.product),
      '',
    ]),
    '### What I could not answer from these documents',
    '',
    ...(brief.unanswered.length === 0
      ? ['Nothing was left open.']
      : brief.unanswered.map((entry) => `- **${text(entry.question)}** ${text(entry.reason)}`)),
    '',
    ...part(
      'Sources this installation lacks',
      brief.connectors.map((need) => `- ${need.connector.replaceAll('_', ' ')} – ${text(need.purpose)}`),
    ),
    '## Confidence',
    '',
    `**${brief.confidence.value.toFixed(2)}** – ${brief.confidence.formula}.`,
    '',
    ...table(
      ['Input', 'Meaning', 'Share', 'Weight'],
      brief.confidence.inputs.map((input) => [
        input.name,
        text(input.meaning),
        percent(input.value),
        input.weight.toFixed(2),
      ]),
    ),
  ];
}
