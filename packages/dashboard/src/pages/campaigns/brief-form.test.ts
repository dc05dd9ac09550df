import type { BriefSuggestion } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { type BriefForm, briefOf, emptyBrief, fillBrief, problemsOf } from './brief-form.ts';

const complete: BriefForm = {
  ...emptyBrief,
  name: ' Spring ',
  product: 'Driftwood',
  positioning: 'A log explorer.',
  personas: [{ name: 'Joris', role: 'SRE', pains: 'agents\n\n noise ' }],
  goals: 'more teams\n',
  channels: ['email'],
  budget: '2,500',
};

const suggestion = (brief: BriefSuggestion['brief']): BriefSuggestion => ({
  model: 'offline',
  brief,
  findings: [],
  unanswered: [],
});

describe('a brief form', () => {
  it('says what is missing before anything is sent', () => {
    expect(Object.keys(problemsOf(emptyBrief))).toEqual(['name', 'product', 'positioning', 'channels']);
    expect(problemsOf(complete)).toEqual({});
    expect(problemsOf({ ...complete, budget: 'much' }).budget).toContain('US dollars');
    expect(
      problemsOf({ ...complete, personas: [{ name: ' ', role: '', pains: '' }] }).personas,
    ).toBeDefined();
  });

  it('becomes the brief of the wire, without what is empty', () => {
    expect(briefOf(complete)).toEqual({
      name: 'Spring',
      product: 'Driftwood',
      positioning: 'A log explorer.',
      personas: [{ name: 'Joris', role: 'SRE', pains: ['agents', 'noise'] }],
      competitors: [],
      goals: ['more teams'],
      questions: [],
      channels: ['email'],
      approval: 'manual',
      budget_usd: '2500.000000',
    });
  });
});

describe('filling a brief from documents', () => {
  const first = suggestion({ product: 'Driftwood', competitors: ['Logspire'], budget_usd: '6000.000000' });

  it('fills empty fields and leaves what a person typed', () => {
    const filled = fillBrief({ ...emptyBrief, product: 'Mine' }, first, null);
    expect(filled).toMatchObject({ product: 'Mine', competitors: 'Logspire', budget: '6000', name: '' });
  });

  it('replaces what the last suggestion left untouched, and nothing that a person changed since', () => {
    const filled = { ...fillBrief(emptyBrief, first, null), product: 'Driftwood 2' };
    const second = suggestion({ product: 'Other', competitors: ['Logspire', 'Grepify'] });
    const again = fillBrief(filled, second, first);
    expect(again).toMatchObject({ product: 'Driftwood 2', competitors: 'Logspire\nGrepify', budget: '6000' });
  });
});
