import { ClientError } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import { commandTable } from './command-table.ts';
import { exitCodeOf } from './exit-codes.ts';

describe('exitCodeOf', () => {
  it('gives the same code to our error and to a server that answers with its status', () => {
    const pairs = [
      ['not_found', 404],
      ['unauthenticated', 401],
      ['invalid_input', 422],
      ['conflict', 409],
      ['unavailable', 503],
    ] as const;
    for (const [code, status] of pairs) {
      expect(exitCodeOf(new RaptorFlowError(code, 'x'))).toBe(
        exitCodeOf(Object.assign(new Error('x'), { status })),
      );
    }
    expect(exitCodeOf(new Error('unknown'))).toBe(1);
  });

  it('knows what it means that no answer arrived, or that there was no address to ask', () => {
    const codeOf = (code: string): number => exitCodeOf(new ClientError('x', { code, status: 0 }));
    expect(codeOf('unreachable')).toBe(exitCodeOf(new RaptorFlowError('unavailable', 'x')));
    expect(codeOf('timeout')).toBe(8);
    expect(codeOf('cancelled')).toBe(130);
    expect(codeOf('invalid_options')).toBe(2);
    expect(codeOf('invalid_call')).toBe(1);
  });
});

describe('the command table', () => {
  it('names every command as the command names itself', async () => {
    for (const entry of commandTable) {
      const command = await entry.load();
      expect(command.name).toBe(entry.name);
      expect(command.summary.endsWith('.'), entry.name).toBe(true);
    }
    expect(new Set(commandTable.map((entry) => entry.name)).size).toBe(commandTable.length);
  });
});
