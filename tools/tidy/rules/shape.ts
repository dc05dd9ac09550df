import { filesLookedAtMin, libraryFolder, libraryRooms, units } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { Tree } from '../tree.ts';

/** The house has the rooms of the plan, each with something in it, and a walk that saw too little does not pass. */
export const shapeRule: Rule = {
  name: 'shape',
  check: (tree) => [
    ...unknownPackages(tree),
    ...emptyUnits(tree),
    ...unknownRooms(tree),
    ...doorsToNowhere(tree),
  ],
};

/** Looking at too few files means that the walk is broken. */
export function filesLookedAtRule(minimum: number = filesLookedAtMin): Rule {
  return {
    name: 'files-looked-at',
    check: (tree) =>
      tree.sources.length >= minimum
        ? []
        : [
            complaint(
              '.',
              `looked at ${tree.sources.length} source files, at least ${minimum} are there`,
              'repair the walk in tools/tidy/tree.ts',
            ),
          ],
  };
}

function unknownPackages(tree: Tree): Violation[] {
  return tree.folders
    .filter((folder) => /^packages\/[^/]+$/.test(folder))
    .filter((folder) => !units.some((unit) => unit.folder === folder))
    .map((folder) =>
      complaint(
        folder,
        'the import table does not know this package',
        'add it to tools/tidy/layout.ts and ARCHITECTURE.md',
      ),
    );
}

function emptyUnits(tree: Tree): Violation[] {
  const folders = tree.folders.filter((folder) => /^packages\/[^/]+$/.test(folder));
  return folders
    .filter((folder) => !tree.sources.some((source) => source.path.startsWith(`${folder}/src/`)))
    .map((folder) =>
      complaint(
        folder,
        'the package has no source',
        'fill it, or remove it until there is something to put in',
      ),
    );
}

function unknownRooms(tree: Tree): Violation[] {
  const rooms = tree.folders.filter(
    (folder) =>
      folder.startsWith(`${libraryFolder}/`) && !folder.slice(libraryFolder.length + 1).includes('/'),
  );
  const unknown = rooms
    .filter((folder) => !libraryRooms.includes(folder.slice(libraryFolder.length + 1)))
    .map((folder) =>
      complaint(
        folder,
        'the import table does not know this room',
        'add it to tools/tidy/layout.ts and ARCHITECTURE.md',
      ),
    );
  const closed = rooms
    .filter((folder) => !tree.has(`${folder}/index.ts`))
    .map((folder) => complaint(folder, 'the room has no door', 'list its public names in index.ts'));
  return [...unknown, ...closed];
}

function doorsToNowhere(tree: Tree): Violation[] {
  return tree.packages.flatMap((owner) =>
    [...owner.doors]
      .filter(([, path]) => !tree.has(path))
      .map(([door, path]) =>
        complaint(
          `${owner.folder}/package.json`,
          `the door ${door} leads to ${path}, which is not there`,
          'add the file or remove the export',
        ),
      ),
  );
}

function complaint(path: string, message: string, instead: string): Violation {
  return { path, line: 1, message, instead };
}
