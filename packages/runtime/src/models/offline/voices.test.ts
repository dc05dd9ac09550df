import { describe, expect, test } from 'vitest';
import { createTextEngine } from './engine.ts';
import type { Voice } from './results.ts';

const engine = createTextEngine();
const subjects = [
  { name: 'Orvale', role: 'own' as const },
  { name: 'Tarnbeck', role: 'competitor' as const },
];

async function voicesOf(
  text: string,
  mediaType: 'text/csv' | 'text/markdown' = 'text/markdown',
): Promise<Voice[]> {
  const sources = [{ documentId: 'd', title: 'd', mediaType, text }];
  return (await engine.run({ task: 'find_voices', sources, subjects })).voices;
}

const review = async (header: string, ...rows: string[]): Promise<Voice[]> =>
  voicesOf([header, ...rows].join('\n'), 'text/csv');

describe('what people say', () => {
  test.each([
    ['The setup is complicated and the handle awkward.', 'pain'],
    ['The battery gave up after fifteen hours.', 'pain'],
    ['Onboarding dragged on and the phone line did not help.', 'pain'],
    ['I returned it after a week because my son needed an account.', 'pain'],
    ['This is not for us.', 'objection'],
    ['I do not understand what the second fee is about.', 'objection'],
    ['I would not pay that much for it.', 'objection'],
    ['I was sceptical about it.', 'objection'],
    ['A stand in the shop would help me more than any leaflet.', 'wish'],
    ['If only there were a course in the evening!', 'wish'],
    ['That is why I stay.', 'praise'],
    ['It is the clearest result we have seen.', 'praise'],
    ['It may be a wonderful tool.', 'neutral'],
    ['Nice place but the walk to it has no end.', 'neutral'],
  ])('"%s" is %s', async (words, kind) => {
    const [voice] = await voicesOf(`# Talks\n\n> ${words}\n>\n> — Ann Ode, baker\n`);
    expect(voice?.kind).toBe(kind);
  });

  test('a question that asks for something is a wish, another is none', async () => {
    const voices = await voicesOf(
      '# Talks\n\n> Could you please add a longer hose?\n>\n> — Ann Ode\n\n> Who would have thought that?\n>\n> — Bo Ek\n',
    );
    expect(voices.map(({ kind, speaker }) => [kind, speaker])).toEqual([['wish', 'Ann Ode']]);
  });

  test('nobody who gives two of five stars praises', async () => {
    const [voice] = await review(
      'name,stars,review',
      'Ann,2,"I am so happy for whoever likes it, thank you."',
    );
    expect(voice).toMatchObject({ kind: 'pain', rating: { value: 2, outOf: 5 } });
  });

  test('where somebody gives more than five, three is of ten and a pain', async () => {
    const voices = await review(
      'name,score,comment',
      'Ann,9,"Tess looked through every page."',
      'Bo,3,"Three bookkeepers within one year."',
    );
    expect(voices.map(({ kind, rating }) => [kind, rating?.outOf])).toEqual([
      ['praise', 10],
      ['pain', 10],
    ]);
  });

  test('a model of a product speaks of that product', async () => {
    const [voice] = await review(
      'stars,review,name,product',
      '1,"Half of the sounds are gone.",Ann,Tarnbeck Two',
    );
    expect(voice?.subject).toBe('Tarnbeck');
  });

  test('clients are speakers, and the headline of a review is nobody’s role', async () => {
    const [voice] = await review(
      'title,stars,client,review',
      'Finally,5,Harbour Grill,"We love the report."',
    );
    expect(voice).toMatchObject({ speaker: 'Harbour Grill' });
    expect(voice?.role).toBeUndefined();
  });
});

describe('who speaks in running text', () => {
  test.each([
    ['"We were paying twice for cream," says owner Sofia Ricci.', 'Sofia Ricci', 'owner'],
    [
      'Finance director Gordon Pryce: "For the first time I compare sites."',
      'Gordon Pryce',
      'Finance director',
    ],
    [
      'Professor Ilse Tanner, who led the study, says: "It is clear to all."',
      'Professor Ilse Tanner',
      undefined,
    ],
  ])('%s', async (text, speaker, role) => {
    const [voice] = await voicesOf(`# Cases\n\n## Osteria Lupo, Leeds\n\n${text}\n`);
    expect([voice?.speaker, voice?.role]).toEqual([speaker, role]);
  });

  test('a first name is completed by the heading', async () => {
    const [voice] = await voicesOf(
      '# Talks\n\n## Ruth Okon, shop owner, Hull\n\n"Parents ask me for that every day," says Ruth.\n',
    );
    expect(voice).toMatchObject({ speaker: 'Ruth Okon', role: 'shop owner, Hull' });
  });

  test('a slogan has no speaker', async () => {
    const [voice] = await voicesOf('# Cases\n\nHeadline in March: "Why your phone should not wake you."\n');
    expect(voice?.speaker).toBeUndefined();
  });
});
