import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlotFile, memoryNotes, readSlots } from './slot-file.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-slots-'));
  path = join(directory, 'begun');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the file of begun claims', () => {
  it('names what has begun as soon as begin returns', () => {
    const notes = createSlotFile(path);
    notes.begin([7]);
    notes.begin([8, 9]);
    expect(readSlots(path)).toEqual([7, 8, 9]);
  });

  it('reuses the slots of what has ended, and keeps those of what runs', () => {
    const notes = createSlotFile(path);
    notes.begin([1, 2, 3]);
    notes.end([2]);
    notes.begin([4]);
    expect(new Set(readSlots(path))).toEqual(new Set([1, 3, 4]));
    for (let ref = 5; ref < 5_000; ref += 1) {
      notes.begin([ref]);
      notes.end([ref]);
    }
    expect(readSlots(path)).toHaveLength(4);
    expect(readSlots(path)).toEqual(expect.arrayContaining([1, 3, 4]));
  });

  it('grows with the number of handlers that run at once', () => {
    const notes = createSlotFile(path);
    const refs = Array.from({ length: 1_000 }, (_, index) => index + 1);
    notes.begin(refs);
    expect(readSlots(path)).toEqual(refs);
  });

  it('tells which of some claims have begun', () => {
    const file = createSlotFile(path);
    const memory = memoryNotes();
    for (const notes of [file, memory]) {
      notes.begin([1, 2]);
      notes.end([1]);
      expect(notes.begunOf([1, 2, 3])).toEqual([2]);
    }
  });

  it('is gone after a proper close, and reads as empty', () => {
    const notes = createSlotFile(path);
    notes.begin([1]);
    notes.close();
    expect(existsSync(path)).toBe(false);
    expect(readSlots(path)).toEqual([]);
  });
});
