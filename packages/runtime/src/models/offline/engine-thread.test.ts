import { silentLogger } from 'raptorflow/kernel';
import { createFakeClock, trackHandles } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import { EngineThread } from './engine-thread.ts';
import type { SourceText, TextTask } from './tasks.ts';

const small: SourceText = {
  documentId: 'small',
  title: 'Small',
  mediaType: 'text/markdown',
  text: '# Orvale\n\nOrvale is a pump. It costs $300 and runs for 40 hours.\n',
};
const smallTask: TextTask = { task: 'find_facts', sources: [small], subjects: [{ name: 'Orvale' }] };

const longTask: TextTask = {
  ...smallTask,
  sources: [{ ...small, text: 'The pump Orvale costs $300 and runs for 40 hours. '.repeat(8_000) }],
};

function start(clock = createFakeClock()): EngineThread {
  const workbench = { corporaKeptMax: 1, charactersKeptMax: 1_000, answerConfidenceMin: 0.5 };
  const limits = { idleMs: 5_000, heapMegabytesMax: 256, tasksAtOnceMax: 2, tasksWaitingMax: 1 };
  return new EngineThread({ workbench, ...limits }, { clock, log: silentLogger });
}

describe('the thread of the engine', () => {
  test('ends when it has had nothing to do for its idle time, and is there again for the next task', async () => {
    const clock = createFakeClock();
    const handles = trackHandles();
    const thread = start(clock);
    expect(thread.isRunning).toBe(false);
    const first = await thread.run(smallTask, undefined);
    await clock.advance(4_999);
    await thread.run(smallTask, undefined);
    await clock.advance(4_999);
    expect(thread.isRunning).toBe(true);
    expect(handles.leaks()).toEqual([]);
    await clock.advance(1);
    expect(thread.isRunning).toBe(false);
    expect(await thread.run(smallTask, undefined)).toEqual(first);
    await thread.stop();
    expect(clock.pending).toBe(0);
  });

  test('takes two tasks at once, lets others wait, and refuses those beyond its limit', async () => {
    const thread = start();
    const inside = [thread.run(longTask, undefined), thread.run(longTask, undefined)];
    const waiting = thread.run(smallTask, undefined);
    await expect(thread.run(smallTask, undefined)).rejects.toMatchObject({ code: 'exhausted' });
    const stopped = [...inside, waiting].map((task) =>
      expect(task).rejects.toMatchObject({ code: 'cancelled' }),
    );
    await thread.stop();
    await Promise.all(stopped);
    expect(thread.isRunning).toBe(false);
  });

  test('does not begin what is aborted while it waits', async () => {
    const thread = start();
    const leaving = new AbortController();
    const first = [thread.run(smallTask, undefined), thread.run(smallTask, undefined)];
    const third = thread.run(longTask, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(third).rejects.toThrow('gone');
    expect(new Set((await Promise.all(first)).map((outcome) => outcome.json)).size).toBe(1);
    await expect(thread.run(smallTask, AbortSignal.abort())).rejects.toThrow('abort');
    await thread.stop();
  });
});
