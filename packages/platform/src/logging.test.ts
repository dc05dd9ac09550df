import { describe, expect, it } from 'vitest';
import { createLog } from './logging.ts';

type Write = (log: Awaited<ReturnType<typeof createLog>>) => void;

async function linesOf(level: string, write: Write): Promise<string[]> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(await createLog({ level, format: 'json', destination }));
  return lines;
}

async function logged(level: string, write: Write): Promise<Record<string, unknown>[]> {
  return (await linesOf(level, write)).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLog', () => {
  it('writes JSON lines with level, time, component and message', async () => {
    const [line] = await logged('info', (log) => log.child('bus').info('started', { channels: 3 }));
    expect(line).toMatchObject({ level: 'info', component: 'bus', message: 'started', channels: 3 });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('has a level for each component', async () => {
    const lines = await logged('warn,bus=debug', (log) => {
      log.child('bus').debug('seen');
      log.child('http').info('unseen');
      log.info('unseen');
    });
    expect(lines.map((line) => line['message'])).toEqual(['seen']);
  });

  it("names one component, a child's own, which has its parent's level unless it has one of its own", async () => {
    const lines = await linesOf('info,bus=debug,quiet=error', (log) => {
      log.child('bus').child('storage').debug('seen');
      log.child('bus').child('quiet').info('unseen');
    });
    expect(lines.map((line) => line.match(/"component":"\w+"/g))).toEqual([['"component":"storage"']]);
  });

  it.each(['debug', 'info', 'warn', 'error'] as const)(
    'says at the level %s why something failed',
    async (level) => {
      const [line] = await logged('debug', (log) =>
        log[level]('failed', { error: new TypeError('the reason') }),
      );
      expect(line).toMatchObject({ level, err: { message: 'the reason', stack: expect.any(String) } });
    },
  );

  it('masks secrets and shows errors with their causes', async () => {
    const [line] = await logged('info', (log) =>
      log.error('failed', {
        token: 'abc',
        headers: { authorization: 'Bearer abc' },
        error: new Error('outer', { cause: new Error('inner') }),
      }),
    );
    expect(JSON.stringify(line)).not.toContain('abc');
    expect(line).toMatchObject({ token: '[masked]', err: { message: expect.stringContaining('outer') } });
    expect(JSON.stringify(line)).toContain('inner');
  });
});
