import { ClientError } from '@raptorflow/client';
import { describe, expect, it } from 'vitest';

import { newRule, type RuleForm } from './rule-form.ts';
import { problemsOfRefusal, problemsOfRule, shownProblems } from './rule-problems.ts';

const sound: RuleForm = { ...newRule, name: 'cpu_high', metric: 'cpu', threshold: '0.9' };
const wrongIn = (change: Partial<RuleForm>) => Object.keys(problemsOfRule({ ...sound, ...change }));

describe('what can be said without the server', () => {
  it('is nothing about a sound form', () => {
    expect(problemsOfRule(sound)).toEqual({});
    expect(wrongIn({ condition: 'any', metric: '', threshold: '', members: ['other'] })).toEqual([]);
    expect(wrongIn({ condition: 'absent', threshold: '' })).toEqual([]);
    expect(
      wrongIn({
        condition: 'burn_rate',
        metric: '',
        goodMetric: 'good',
        totalMetric: 'all',
        threshold: '14.4',
      }),
    ).toEqual([]);
    expect(wrongIn({ condition: 'anomaly', threshold: '' })).toEqual([]);
  });

  it.each([
    [{ name: '' }, ['name']],
    [{ name: 'Cpu' }, ['name']],
    [{ name: 'new' }, []],
    [{ metric: ' ' }, ['metric']],
    [{ threshold: '' }, ['threshold']],
    [{ threshold: 'much' }, ['threshold']],
    [{ resolveThreshold: 'x' }, ['resolveThreshold']],
    [{ condition: 'eq', resolveThreshold: 'x' }, []],
    [{ window: 'soon' }, ['window']],
    [{ duration: '', interval: 'x', keepFiring: '-1' }, ['duration', 'keepFiring', 'interval']],
    [{ tags: 'route', labels: '=1' }, ['tags', 'labels']],
    [{ condition: 'change', changeEarlier: 'x' }, ['changeEarlier']],
    [{ condition: 'anomaly', season: '', past: 'x', confidence: 'y' }, ['season', 'past', 'confidence']],
    [
      { condition: 'burn_rate', by: 'a-b', objective: '', shortWindow: 'x' },
      ['goodMetric', 'totalMetric', 'by', 'objective', 'shortWindow'],
    ],
    [{ condition: 'all' }, ['members']],
  ] as const)('is where %o is wrong', (change, fields) => {
    expect(wrongIn(change as Partial<RuleForm>)).toEqual(fields);
  });
});

it('says beside a field what is wrong with it, not that it is empty', () => {
  const form: RuleForm = { ...newRule, name: 'Bad Name', window: 'soon' };
  const own = problemsOfRule(form);
  expect(Object.keys(own)).toEqual(['name', 'metric', 'window', 'threshold']);
  const shown = shownProblems(form, own, { threshold: 'Must be small.' });
  expect(Object.keys(shown).toSorted()).toEqual(['name', 'threshold', 'window']);
});

describe('what the server said', () => {
  const refusal = (...issues: readonly (readonly [path: string, message: string])[]) =>
    new ClientError('No.', {
      code: 'invalid_input',
      status: 422,
      details: { issues: issues.map(([path, message]) => ({ path, message })) },
    });

  it('stands beside the field that it means, in the server’s words', () => {
    expect(
      problemsOfRefusal(
        refusal(
          ['resolve_threshold', 'must not be above the threshold'],
          ['body.rule.change.earlier_seconds', 'Give a number of at least 0'],
          ['anomaly.past_seconds', 'must be two seasons or more'],
          ['rules[1]', 'must be snake_case'],
          ['body.labels.team', 'Give a string'],
          ['body.rule.good.tags', 'at most 20'],
        ),
      ),
    ).toEqual({
      fields: {
        resolveThreshold: 'Must not be above the threshold.',
        changeEarlier: 'Give a number of at least 0.',
        past: 'Must be two seasons or more.',
        members: 'Must be snake_case.',
        labels: 'Give a string.',
        goodTags: 'At most 20.',
      },
      complete: true,
    });
  });

  it('is not all told beside fields when it means something else', () => {
    expect(problemsOfRefusal(refusal(['threshold', 'No.'], ['from', 'Too far back'])).complete).toBe(false);
    expect(problemsOfRefusal(new ClientError('Gone.', { code: 'unavailable', status: 503 }))).toEqual({
      fields: {},
      complete: false,
    });
    expect(problemsOfRefusal(null)).toEqual({ fields: {}, complete: false });
  });
});
