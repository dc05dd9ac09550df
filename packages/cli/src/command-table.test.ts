import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandTable } from './command-table.ts';
import type { CommandEntry } from './command.ts';

const folder = new URL('./command-table/', import.meta.url);
const files = readdirSync(folder).map((file) => file.replace(/\.ts$/u, ''));
const firstOf = ({ name }: CommandEntry): string => name.split(' ')[0] ?? '';

describe('the command table', () => {
  it('has the commands that begin with a word in the file of that name, and all of them', async () => {
    for (const word of files) {
      const module = (await import(`./command-table/${word}.ts`)) as Record<string, readonly CommandEntry[]>;
      const declared = Object.values(module).flat();
      expect(declared, word).toEqual(commandTable.filter((entry) => firstOf(entry) === word));
    }
  });

  it('has commands of one word alone beside them', () => {
    const others = commandTable.filter((entry) => !files.includes(firstOf(entry)));
    expect(others.map(({ name }) => name)).toEqual(others.map(firstOf));
  });
});
