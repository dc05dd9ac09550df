import { expect, test } from 'vitest';
import { StatementNames } from './statement-names.ts';

const sendMany = (names: StatementNames, sql: string, times: number): (string | undefined)[] =>
  Array.from({ length: times }, () => names.of(sql));

test('names what comes again and again, and always the same', () => {
  const names = new StatementNames();
  expect(sendMany(names, 'select a from t', 7)).toEqual([
    ...Array.from({ length: 5 }, () => undefined),
    'raptorflow_1',
    'raptorflow_1',
  ]);
  expect(sendMany(names, 'select b from t', 6).at(-1)).toBe('raptorflow_2');
});

test('has an end, whatever is sent', () => {
  const names = new StatementNames();
  const given = new Set<string | undefined>();
  for (let at = 0; at < 1_000; at += 1) given.add(sendMany(names, `select ${at}`, 10).at(-1));
  given.delete(undefined);
  expect(given.size).toBe(200);
  for (let at = 0; at < 10_000; at += 1) expect(names.of(`select 'once ${at}'`)).toBeUndefined();
});

test('names nothing that takes whatever columns a table has', () => {
  const names = new StatementNames();
  const all = ['select * from (select * from t) as t', 'delete from t returning *', 'select t.* from t'];
  for (const sql of all) {
    expect(sendMany(names, sql, 20).every((name) => name === undefined)).toBe(true);
  }
  expect(sendMany(names, 'select count(*) from t', 20).at(-1)).toBe('raptorflow_1');
  expect(sendMany(names, 'select a from (select * from t) as t', 20).at(-1)).toBe('raptorflow_2');
});
