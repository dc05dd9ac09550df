import { expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/databases.ts';
import { defineMigrations, defineTables, type Migration } from '../index.ts';

const making = (id: string, table: string, columns: readonly string[]): Migration => ({
  id,
  async up(db) {
    let builder = db.schema.createTable(table);
    for (const column of columns) builder = builder.addColumn(column, 'text');
    await builder.execute();
  },
});

/** What opening a database promises about its schema. */
export function migrationsSuite(open: OpenDatabase): void {
  const first = making('001_things', 'things', ['id', 'workspace_id']);

  test('a step that throws leaves nothing of itself or of those before it', async () => {
    const broken: Migration = {
      id: '002_broken',
      up: async () => {
        throw new RangeError('no');
      },
    };
    await expect(
      open({
        tables: [defineTables({ tenant: ['things'] })],
        migrations: [defineMigrations('r', [first, broken])],
      }),
    ).rejects.toThrow('no');
  });

  test('tables and declarations must agree', async () => {
    const migrations = [defineMigrations('r', [first, making('002_loose', 'loose', ['id'])])];
    await expect(
      open({ tables: [defineTables({ tenant: ['things', 'loose', 'missing'] })], migrations }),
    ).rejects.toMatchObject({
      code: 'invalid_options',
      details: {
        mistakes: ['loose has no column workspace_id', 'missing is declared and no migration makes it'],
      },
    });
    await expect(open({ tables: [defineTables({ tenant: ['things'] })], migrations })).rejects.toMatchObject({
      details: { mistakes: ['loose is declared by no room'] },
    });
  });

  test('a table has one owner, and steps are in order', () => {
    expect(() => defineTables({ tenant: ['t'], installation: ['t'] })).toThrow('declared twice');
    expect(() => defineMigrations('r', [making('002_b', 'b', []), making('001_a', 'a', [])])).toThrow(
      'out of order',
    );
  });
}
