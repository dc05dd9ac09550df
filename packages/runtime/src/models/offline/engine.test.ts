import fc from 'fast-check';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, test } from 'vitest';
import { createTextEngine } from './engine.ts';
import type { Citation } from './results.ts';
import { citationHolds, type SourceMediaType, type SourceText, type TextTask } from './tasks.ts';

const engine = createTextEngine();

function doc(documentId: string, text: string, mediaType: SourceMediaType = 'text/markdown'): SourceText {
  return { documentId, title: documentId, mediaType, text };
}

/** A third world, so that nothing above fits only two samples: riding lessons. */
const stable = [
  doc(
    'school',
    `# Larkmead Riding School

Larkmead is a riding school near Ludlow with 34 horses and 12 instructors. It was founded in 1987.

A group lesson takes 45 minutes and costs £32 per rider. A private lesson costs £58. Riders must weigh less than 95 kg.

The school is for beginners and families who want to ride without buying a horse.

## Safety

In 2025 there were 2 injuries in 19,400 lessons. Every instructor holds a first-aid certificate.

## Camp

The summer camp lasts 5 days. Children can join from the age of 8.
`,
  ),
  doc(
    'flyer-2023',
    `# Flyer 2023 (outdated)

A group lesson costs £26 per rider. The summer camp lasts 4 days.
`,
  ),
  doc(
    'rival',
    `# Notes on Thornbury Stables

Thornbury Stables is our nearest competitor. A group lesson costs £29 per rider. They have 18 horses. Lessons are often cancelled in winter.
`,
  ),
  doc(
    'talks',
    `# Talks with parents

## Helen Marsh, mother of two, Craven Arms

> My daughter was nervous for months, and after two lessons at Larkmead she laughed again.
>
> — Helen Marsh, mother of two

"I wish there were lessons on Sundays."

"The mud at Thornbury ruined our car, and nobody apologised."
`,
  ),
  doc(
    'board',
    `Notice board

Fire drill on Tuesday

The fire drill starts at 10:00. Parking in front of hall 3 costs £2 that day. Lunch is served to 40 people.

Larkmead Toys

A parcel for Larkmead Toys came to us by mistake. Larkmead Toys is unrelated to us and sells wooden horses for £19.
`,
    'text/plain',
  ),
];
const subjects = [
  { name: 'Larkmead', role: 'own' as const, aliases: ['Larkmead Riding School'] },
  { name: 'Thornbury Stables', role: 'competitor' as const, aliases: ['Thornbury'] },
];

describe('the engine on a world it was not written for', () => {
  test('finds the prices, marks the outdated one as a contradiction and keeps the rival apart', async () => {
    const { facts } = await engine.run({ task: 'find_facts', sources: stable, subjects });
    const lesson = facts.find((fact) => fact.value === '£32 per rider');
    expect(lesson).toMatchObject({
      subject: 'Larkmead',
      kind: 'price',
      standing: 'stated',
      unit: 'GBP/rider',
    });
    expect(lesson?.contradictions.map((other) => [other.value, other.standing])).toEqual([
      ['£26 per rider', 'outdated'],
    ]);
    expect(facts.find((fact) => fact.value === '£29 per rider')).toMatchObject({
      subject: 'Thornbury Stables',
      contradictions: [],
    });
    const told = facts
      .filter((fact) => fact.standing === 'stated')
      .map((fact) => fact.plain)
      .join('\n');
    for (const foreign of ['£19', '£2 ', '40 people', '£26', '4 days']) expect(told).not.toContain(foreign);
    for (const wanted of ['34 horses', '19,400 lessons', '5 days', '95 kg', '1987'])
      expect(told).toContain(wanted);
  });

  test('discovers what the documents are about when nobody says it, and whose it is', async () => {
    const { facts, subjects: named } = await engine.run({ task: 'find_facts', sources: stable });
    expect(named.slice(0, 2)).toEqual(['Larkmead', 'Thornbury Stables']);
    expect(facts.find((fact) => fact.value === '£29 per rider')?.subject).toBe('Thornbury Stables');
    const { entities } = await engine.run({ task: 'find_entities', sources: stable });
    const roles = new Map(entities.map((entity) => [entity.name, entity.role]));
    expect([roles.get('Larkmead'), roles.get('Thornbury Stables')]).toEqual(['own', 'competitor']);
    expect(roles.get('Larkmead Toys') ?? 'unrelated').toBe('unrelated');
    const brief = await engine.run({ task: 'fill_brief', sources: stable });
    expect(brief.product?.value).toBe('Larkmead');
    expect(brief.competitors.map((competitor) => competitor.value)).toEqual(['Thornbury Stables']);
  });

  test('answers questions from the right subject and admits what is missing', async () => {
    const ask = [
      'What does a private lesson cost?',
      'How many horses does Thornbury have?',
      'How long is the summer camp?',
      'Do you offer vaulting?',
      'Who is the vet of the school?',
      'What does a helmet cost?',
    ];
    const { answers } = await engine.run({
      task: 'answer_questions',
      sources: stable,
      subjects,
      questions: ask.map((text, index) => ({ id: `${index}`, text })),
    });
    expect(answers.map((answer) => answer.answered)).toEqual([true, true, true, false, false, false]);
    expect(answers[0]?.answer).toContain('£58');
    expect(answers[1]?.answer).toContain('18 horses');
    expect(answers[2]?.answer).toContain('5 days');
    expect(answers[3]?.reason).toContain('vaulting');
  });

  test('hears praise, pain and wishes with their speaker', async () => {
    const { voices } = await engine.run({ task: 'find_voices', sources: stable, subjects });
    expect(voices.map((voice) => [voice.kind, voice.speaker])).toEqual([
      ['praise', 'Helen Marsh'],
      ['wish', 'Helen Marsh'],
      ['pain', 'Helen Marsh'],
    ]);
    expect(voices[2]?.subject).toBe('Thornbury Stables');
  });

  test('fills a brief and says which fields the documents leave open', async () => {
    const brief = await engine.run({ task: 'fill_brief', sources: stable, subjects });
    expect(brief.product?.value).toBe('Larkmead');
    expect(brief.positioning?.value).toContain('riding school near Ludlow');
    expect(brief.audience[0]?.value).toContain('beginners and families');
    expect(brief.competitors.map((competitor) => competitor.value)).toContain('Thornbury Stables');
    expect(brief.missing).toEqual(['channels', 'goals', 'budget', 'deadline']);
  });

  test('names people, places and companies with their role', async () => {
    const { entities } = await engine.run({ task: 'find_entities', sources: stable, subjects });
    expect(entities.find((entity) => entity.name === 'Helen Marsh')).toMatchObject({ type: 'person' });
    expect(entities.find((entity) => entity.name === 'Ludlow')).toMatchObject({ type: 'place' });
    expect(entities.find((entity) => entity.name === 'Larkmead')).toMatchObject({ role: 'own' });
  });

  test('checks a text sentence by sentence', async () => {
    const text =
      'A group lesson at Larkmead costs £32 per rider.\nWe have 50 horses. The best school ever!\nBook a lesson today.';
    const check = await engine.run({
      task: 'check_text',
      sources: stable,
      subjects,
      text,
      bannedWords: ['best'],
    });
    expect(check.sentences.map((sentence) => sentence.support)).toEqual([
      'supported',
      'unsupported',
      'unsupported',
      'no_claim',
    ]);
    expect(check.sentences[1]?.unsupportedNumbers).toEqual(['50']);
    expect(check.bannedWords).toEqual([
      { word: 'best', start: text.indexOf('best'), end: text.indexOf('best') + 4 },
    ]);
    expect(check.callToAction?.text).toBe('Book a lesson today.');
    expect(check.readability.flesch).toBeGreaterThan(60);
  });

  test('merges what several documents say alike into one claim', async () => {
    const sources = [
      doc('a', 'The pump of Orvale runs for 300 hours without service.'),
      doc('b', 'The Orvale pump runs for 300 hours without service.'),
      doc('c', 'Painting is fun.'),
    ];
    const { topics } = await engine.run({
      task: 'find_claims',
      sources,
      subjects: [{ name: 'Orvale' }],
      topics: [{ id: 't', label: 'Pump', queries: ['pump service hours'] }],
    });
    expect(topics[0]?.claims).toHaveLength(1);
    expect(topics[0]?.claims[0]?.alsoIn.map((citation) => citation.documentId)).toEqual(['b']);
  });
});

describe('generated worlds', () => {
  test('any product, price and term is found, and the superseded price never wins', async () => {
    const name = fc.constantFrom('Quillmark', 'Tarnbeck', 'Solvane', 'Ebbright', 'Norrick');
    const item = fc.constantFrom(
      'starter kit',
      'site visit',
      'yearly permit',
      'wooden crate',
      'evening course',
    );
    const price = fc.integer({ min: 11, max: 980 });
    await fc.assert(
      fc.asyncProperty(
        name,
        item,
        price,
        price,
        fc.integer({ min: 2, max: 90 }),
        async (product, thing, now, before, days) => {
          fc.pre(now !== before);
          const sources = [
            doc(
              'now',
              `# ${product}\n\n${product} is a small company in Kent. The ${thing} costs €${now}. Delivery takes ${days} days.`,
            ),
            doc('old', `# Price list (superseded)\n\nThe ${thing} of ${product} costs €${before}.`),
          ];
          const { facts } = await engine.run({
            task: 'find_facts',
            sources,
            subjects: [{ name: product, role: 'own' }],
          });
          const current = facts.find((fact) => fact.value === `€${now}`);
          expect(current?.standing).toBe('stated');
          expect(current?.contradictions.map((other) => other.value)).toEqual([`€${before}`]);
          expect(facts.some((fact) => fact.value === `${days} days` && fact.kind === 'duration')).toBe(true);
          expect(facts.some((fact) => fact.standing === 'stated' && fact.value === `€${before}`)).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('any text is worked on without an error, and every quote holds', async () => {
    const bits = fc.constantFrom(
      '# A\n',
      '- b\n',
      '> c\n',
      '| a | b |\n|--|--|\n| 1 | $2 |\n',
      'Acme is a pump. ',
      'It costs $5. ',
      '"We love it so much." ',
      '<p>x</p>',
      '&nbsp;',
      '💩',
      '\n\n',
      'Ann: hi there\n',
      '12 % ',
      'not used. ',
      '[',
      '`',
      '\u0000',
      'is free ',
    );
    const text = fc.oneof(
      fc.array(bits, { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 80 }),
    );
    const kinds = fc.constantFrom<SourceMediaType>('text/markdown', 'text/plain', 'text/html', 'text/csv');
    await fc.assert(
      fc.asyncProperty(text, kinds, text, async (content, mediaType, asked) => {
        const sources = [doc('x', content, mediaType), doc('y', asked)];
        for (const task of everyTask(sources, asked)) {
          const result = await engine.run(task);
          for (const citation of citationsIn(result)) expect(citationHolds(citation, sources)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

function everyTask(sources: SourceText[], text: string): TextTask[] {
  return [
    { task: 'find_facts', sources },
    { task: 'find_claims', sources, topics: [{ id: 't', label: 'T', queries: [text, 'price pump'] }] },
    { task: 'find_contradictions', sources },
    { task: 'find_voices', sources },
    { task: 'find_entities', sources },
    { task: 'rank_terms', sources },
    { task: 'answer_questions', sources, questions: [{ id: 'q', text: `${text}?` }] },
    { task: 'check_text', sources, text, bannedWords: ['['] },
    { task: 'fill_brief', sources, channels: [{ id: 'c', words: ['mail ('] }] },
  ];
}

function citationsIn(value: unknown): Citation[] {
  if (Array.isArray(value)) return value.flatMap((item) => citationsIn(item));
  if (value === null || typeof value !== 'object') return [];
  const own = 'quote' in value && 'documentId' in value ? [value as Citation] : [];
  return [...own, ...Object.values(value).flatMap((item) => citationsIn(item))];
}

describe('running tasks', () => {
  test('the same task gives the same bytes, also at once and on another engine', async () => {
    const task = { task: 'find_facts', sources: stable, subjects } as const;
    const input = { ...task, sources: [...task.sources], subjects: [...task.subjects] };
    const [first, second] = await Promise.all([engine.run(input), engine.run(input)]);
    const third = await createTextEngine().run(input);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(JSON.stringify(third)).toBe(JSON.stringify(first));
  });

  test('costs nothing, counts its tokens and says what it is', async () => {
    const result = await engine.run({ task: 'rank_terms', sources: stable });
    expect(result).toMatchObject({ model: 'offline', costMicroUsd: 0 });
    expect(result.usage.inputTokens).toBeGreaterThan(200);
    expect(result.usage.outputTokens).toBeGreaterThan(50);
  });

  test('no documents give empty answers, not errors', async () => {
    expect((await engine.run({ task: 'find_facts', sources: [] })).facts).toEqual([]);
    const { answers } = await engine.run({
      task: 'answer_questions',
      sources: [],
      questions: [{ id: 'q', text: 'What is the price?' }],
    });
    expect(answers[0]).toMatchObject({ answered: false });
  });

  test('a malformed task is refused with every issue', async () => {
    const wrong = {
      task: 'find_claims',
      sources: [{ documentId: '', title: 't', mediaType: 'text/rtf', text: '' }],
      topics: [],
    } as unknown as TextTask;
    const error = await engine.run(wrong).catch((thrown: unknown) => thrown);
    expect(isRaptorFlowError(error)).toBe(true);
    expect(String(error)).toContain('mediaType');
  });

  test('an aborted signal stops it', async () => {
    await expect(
      engine.run({ task: 'find_facts', sources: stable }, { signal: AbortSignal.abort() }),
    ).rejects.toThrow('abort');
  });
});
