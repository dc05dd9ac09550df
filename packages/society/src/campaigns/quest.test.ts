import { describe, expect, it } from 'vitest';
import { smallBrief, smallMoment, smallWarBrief } from '../testing/small-campaign.ts';
import { composeQuest, type Quest } from './quest.ts';

const quest = (changes: Partial<typeof smallBrief> = {}): Quest =>
  composeQuest({
    brief: { ...smallBrief, ...changes },
    warBrief: smallWarBrief(),
    campaignId: 'cmp_small',
    generatedAt: smallMoment,
  });

const plain = quest();

describe('the quest', () => {
  it('runs in five chapters from today to the deadline, one after the other', () => {
    const { chapters, period } = plain;
    expect(period).toEqual({ startsOn: '2026-11-21', endsOn: '2027-02-28' });
    expect(chapters.map((chapter) => chapter.number)).toEqual([1, 2, 3, 4, 5]);
    expect(chapters[0]?.period.startsOn).toBe('2026-11-21');
    expect(chapters.at(-1)?.period.endsOn).toBe('2027-02-28');
    for (const chapter of chapters) {
      expect(chapter.moves.length).toBeGreaterThan(0);
      expect(chapter.successCriteria.length).toBeGreaterThan(0);
      for (const move of chapter.moves) {
        expect(move.dueOn >= chapter.period.startsOn && move.dueOn <= chapter.period.endsOn).toBe(true);
      }
    }
    expect(chapters.reduce((sum, chapter) => sum + chapter.experiencePoints, 0)).toBe(500);
  });

  it('begins with the gaps: every open question is a move', () => {
    expect(plain.chapters[0]?.moves.map((move) => move.name)).toContain('Find out: Who makes the battery?');
  });

  it('has a move for every channel of the brief, owned by the muse that makes it', () => {
    const moves = plain.chapters.flatMap((chapter) => chapter.moves);
    for (const channel of smallBrief.channels) expect(moves.map((move) => move.channel)).toContain(channel);
    expect(moves.find((move) => move.channel === 'email')?.owner).toBe('MUS-004');
  });

  it('rests its moves on cited sentences of the war brief', () => {
    const known = new Set(smallWarBrief().citations.map((citation) => citation.id));
    const basis = plain.chapters.flatMap((chapter) => chapter.moves.flatMap((move) => move.basis));
    expect(basis.length).toBeGreaterThan(3);
    for (const sentence of basis) expect(sentence.citations.every((id) => known.has(id))).toBe(true);
  });

  it('measures the goals of the brief in their own words', () => {
    expect(plain.chapters.at(-1)?.successCriteria).toEqual([
      'Reached or honestly missed: 200 lights sold before March',
    ]);
  });

  it('splits the budget among the channels and shows its assumptions', () => {
    const { budget } = plain;
    expect(budget?.lines.map((line) => line.channel)).toEqual(smallBrief.channels);
    expect(budget?.lines.reduce((sum, line) => sum + line.usd, 0)).toBe(1_000);
    expect(budget?.lines.every((line) => line.usd >= 50)).toBe(true);
    expect(budget?.assumptions).toHaveLength(smallBrief.channels.length);
  });

  it('says what it assumed where the brief is silent', () => {
    const silent = quest({ budgetUsd: null, deadline: null, goals: [] });
    expect(silent.budget).toBeNull();
    expect(silent.assumptions.join(' ')).toMatch(/no deadline; 42 days.*no budget.*no goal/u);
    expect(quest({ deadline: '2026-01-01' }).assumptions.join(' ')).toContain('has passed');
  });

  it('names an objection without an answer and the missing sources as risks', () => {
    const risks = plain.risks.map((risk) => risk.risk);
    expect(risks).toContain('An objection has no answer in the documents.');
    expect(risks.join(' ')).toContain('search volume');
  });

  it('plans the same for the same brief', () => {
    expect(quest()).toEqual(plain);
  });
});
