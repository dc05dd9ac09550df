import { assert, date, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  channelNameSchema,
  channelPatternSchema,
  identifierSchema,
  moneySchema,
  timestampSchema,
} from './index.ts';

describe('money', () => {
  it('takes exactly six digits after the point', () => {
    for (const good of ['0.000000', '12.500000', '0.012345'])
      expect(moneySchema.safeParse(good).success).toBe(true);
    for (const bad of ['1', '1.5', '-1.000000', '1.0000000', '1e3', ' 1.000000']) {
      expect(moneySchema.safeParse(bad).success).toBe(false);
    }
  });
});

describe('times', () => {
  it('are UTC with milliseconds and nothing else', () => {
    assert(
      property(
        date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        (moment) => timestampSchema.safeParse(moment.toISOString()).success,
      ),
    );
    for (const bad of ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000+01:00', '2026-01-01']) {
      expect(timestampSchema.safeParse(bad).success).toBe(false);
    }
  });
});

describe('names', () => {
  it('keep path characters out of ids', () => {
    for (const bad of ['../etc', 'a/b', 'a b', '', 'ä'])
      expect(identifierSchema.safeParse(bad).success).toBe(false);
    expect(identifierSchema.safeParse('cmp_01890a5d-ac96-774b-bcce-b302099a8057').success).toBe(true);
  });

  it('allow wildcards in patterns only', () => {
    expect(channelNameSchema.safeParse('sys.alert.*').success).toBe(false);
    for (const good of ['sys.alert.*', '>', 'sys.>', '*.b', 'sys.state.update']) {
      expect(channelPatternSchema.safeParse(good).success).toBe(true);
    }
    for (const bad of ['sys.>.a', 'a..b', 'a.*b', 'A.b'])
      expect(channelPatternSchema.safeParse(bad).success).toBe(false);
  });
});
