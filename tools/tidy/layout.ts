import type { Tree } from './tree.ts';

/** One row of the import table: a room of the library, or a package. */
export interface Unit {
  readonly name: string;
  /** Its folder; everything below belongs to it. */
  readonly folder: string;
  /** The units it may import. `library` stands for every room of the library. */
  readonly imports: readonly string[];
  /** What its tests may import besides. */
  readonly testImports?: readonly string[];
  /** True where the code also runs in a browser, so that nothing of `node:` may be used. */
  readonly browserSafe?: true;
}

/** The library's folder of rooms. */
export const libraryFolder = 'packages/raptorflow/src';

/** Who may import whom. The same table stands in ARCHITECTURE.md; this one is the wall. */
export const units: readonly Unit[] = [
  room('kernel', []),
  room('storage', ['kernel']),
  room('schedule', ['kernel']),
  room('metrics', ['kernel', 'storage']),
  room('resilience', ['kernel', 'metrics']),
  room('bus', ['kernel', 'storage', 'metrics', 'resilience']),
  room('resources', ['kernel', 'storage', 'schedule', 'metrics', 'resilience']),
  room('host', ['kernel', 'metrics']),
  room('log', ['kernel', 'metrics']),
  room('mini', ['kernel', 'metrics', 'host', 'log']),
  room('alerts', ['kernel', 'storage', 'schedule', 'metrics', 'resilience', 'bus']),
  room('pipeline', ['kernel', 'metrics', 'resilience', 'bus']),
  { ...pack('contract', []), browserSafe: true },
  pack('runtime', ['library']),
  pack('society', ['runtime', 'library']),
  // The routes are tested through the client that people use, too.
  { ...pack('platform', ['society', 'runtime', 'library', 'contract']), testImports: ['client'] },
  { ...pack('client', ['contract']), browserSafe: true },
  { ...pack('dashboard', ['client', 'contract']), browserSafe: true },
  pack('cli', ['client', 'platform', 'library']),
  pack('rig', ['library', 'contract']),
  // What the library has outside of its rooms: its integration tests.
  pack('raptorflow', ['library']),
];

/** Rooms of the library: what `library` in the table stands for. */
export const libraryRooms: readonly string[] = units
  .filter((unit) => unit.folder.startsWith(`${libraryFolder}/`))
  .map((unit) => unit.name);

/** Tests, benchmarks and examples of any unit may import these. */
export const importsOfEveryTest: readonly string[] = ['rig', 'kernel'];

/** The library as a whole: its tests may use what lies in any of its folders. */
export const libraryPackage = 'packages/raptorflow';

/** Folders outside the packages: they go through public doors only. */
export const outsideFolders: readonly string[] = ['examples', 'benchmarks', 'tools'];

/** The two files that read the environment. */
export const environmentFiles: readonly string[] = [
  'packages/platform/src/config.ts',
  'packages/cli/src/env.ts',
];

/** Fewer files than this means that the walk is broken, not that the tree is clean. */
export const filesLookedAtMin = 400;

/** The unit that a path belongs to, if any; a room before the package around it. */
export function unitOf(path: string): Unit | undefined {
  return units.find((unit) => path.startsWith(`${unit.folder}/`));
}

/** True for tests and for what exists only for tests: fixtures, fake clocks, contract suites, the rig. */
export function isTestCode(path: string): boolean {
  return (
    /\.test\.tsx?$/.test(path) ||
    /^packages\/[^/]+\/test\//.test(path) ||
    /\/(?:testing|contract-suite)\//.test(path) ||
    path.startsWith('packages/rig/')
  );
}

/** True for the code that people run: everything in a package's `src` that is not for tests. */
export function isProductCode(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && !isTestCode(path);
}

/** Where an import leads. `door` is true when the target is a public door of its package. */
export interface Target {
  readonly unit: Unit | undefined;
  readonly path: string;
  readonly door: boolean;
  readonly byName: boolean;
}

/** Follows a specifier. `external` covers built-in modules and packages of others, `missing` a door that is not there. */
export function resolveImport(tree: Tree, from: string, specifier: string): Target | 'external' | 'missing' {
  if (specifier.startsWith('.')) {
    const path = joinPath(from, specifier);
    return { unit: unitOf(path), path, door: isDoor(tree, path), byName: false };
  }
  const match = /^(raptorflow|@raptorflow\/[^/]+)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return 'external';
  const owner = tree.packages.find((candidate) => candidate.name === match[1]);
  const path = owner?.doors.get(match[2] === undefined ? '.' : `./${match[2]}`);
  if (path === undefined) return 'missing';
  return { unit: unitOf(path), path, door: true, byName: true };
}

function isDoor(tree: Tree, path: string): boolean {
  return tree.packages.some((candidate) => [...candidate.doors.values()].includes(path));
}

function joinPath(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.replace(/\?.*$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function room(name: string, imports: readonly string[]): Unit {
  return { name, folder: `${libraryFolder}/${name}`, imports };
}

function pack(name: string, imports: readonly string[]): Unit {
  return { name, folder: `packages/${name}`, imports };
}
