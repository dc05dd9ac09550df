import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChild } from './child.ts';

const run = promisify(execFile);
const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

/** What people write who use decorators; the sources of the library do not. */
const fixture = `
type Decorate = <F extends (this: never, ...args: never[]) => unknown>(fn: F, context: { kind: string; name: string | symbol }) => F;

export function build(trace: Decorate) {
  class Till {
    #sum = 0;

    @trace
    charge(amount: number, _card: string): number {
      if (amount < 0) throw new RangeError('no negative amounts');
      return (this.#sum += amount);
    }

    @trace
    async later(): Promise<never> {
      await undefined;
      throw new RangeError('not later either');
    }

    @trace
    *each(): Generator<number> {
      yield this.#sum;
      throw new RangeError('not each');
    }

    @trace
    get total(): number {
      throw new RangeError('no total of ' + this.#sum);
    }

    @trace
    #hidden(): void {
      throw new RangeError('hidden');
    }

    callsPrivate(): void {
      this.#hidden();
    }

    @trace
    static create(this: typeof Till): void {
      throw new RangeError('static of ' + this.name);
    }
  }
  return { Till, create: () => Till.create() };
}
`;

let root = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-log-tracer-'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'till.ts'), fixture);
  const flags = [
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--sourceMap',
    '--outDir',
    'built',
    '--types',
    '',
  ];
  await run(tsc, [...flags, 'till.ts'], { cwd: root });
});
afterAll(() => rmSync(root, { recursive: true }));

it('traces methods of every kind as a standard decorator, and shows where the source threw, not the compiled file', async () => {
  const file = join(root, 'raptor.log');
  const module = pathToFileURL(join(root, 'built', 'till.js')).href;
  const child = runChild('log-tracer.ts', [file, module]);
  await child.ended;
  expect(JSON.parse(child.output())).toEqual([
    5,
    'charge',
    2,
    'RangeError: no negative amounts',
    'RangeError: not later either',
    'RangeError: not each',
    'RangeError: no total of 5',
    'RangeError: hidden',
    'RangeError: static of Till',
  ]);
  const log = readFileSync(file, 'utf8');
  const told = [...log.matchAll(/ERROR RAPTOR EXCEPTION: (.*?) \| after [\d.]+ ms \| correlation req_9\n/g)];
  expect(told.map(([, text]) => text)).toEqual([
    'RangeError: no negative amounts | in charge(number, string(4))',
    'RangeError: not later either | in later()',
    'RangeError: not each | in each()',
    'RangeError: no total of 5 | in total()',
    'RangeError: hidden | in #hidden()',
    'RangeError: static of Till | in create()',
  ]);
  expect(log).toMatch(/\n {4}at .*\(file:.*\/till\.ts:10:29\)\n/);
  expect(log).not.toContain('till.js');
});
