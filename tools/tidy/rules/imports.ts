import {
  importsOfEveryTest,
  isProductCode,
  isTestCode,
  libraryFolder,
  libraryPackage,
  libraryRooms,
  outsideFolders,
  resolveImport,
  unitOf,
} from '../layout.ts';
import type { Target, Unit } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { ImportEdge, SourceFile } from '../source.ts';
import type { Tree } from '../tree.ts';

type Complaint = Pick<Violation, 'message' | 'instead'>;

/** The import table: every import of every file goes where the table lets it, through the door that is there for it. */
export const importsRule: Rule = {
  name: 'imports',
  check: (tree) =>
    tree.sources.flatMap((source) => source.imports.flatMap((edge) => checkEdge(tree, source, edge))),
};

/** Code for browsers uses nothing of Node. */
export const browserSafeRule: Rule = {
  name: 'browser-safe',
  check: (tree) =>
    tree.sources
      .filter((source) => isProductCode(source.path) && unitOf(source.path)?.browserSafe === true)
      .flatMap((source) =>
        source.imports
          .filter((edge) => edge.specifier?.startsWith('node:'))
          .map((edge) => ({
            path: source.path,
            line: edge.line,
            message: `${unitOf(source.path)?.name} also runs in a browser and may not import ${edge.specifier}`,
            instead:
              'use a web standard (fetch, URL, TextEncoder, crypto.subtle) or move the code to a package for Node',
          })),
      ),
};

function checkEdge(tree: Tree, source: SourceFile, edge: ImportEdge): Violation[] {
  const complaint = complain(tree, source.path, edge);
  return complaint === null ? [] : [{ path: source.path, line: edge.line, ...complaint }];
}

function complain(tree: Tree, from: string, edge: ImportEdge): Complaint | null {
  const specifier = edge.specifier;
  const test = isTestCode(from);
  if (specifier === null) {
    if (!isProductCode(from)) return null;
    return {
      message: 'a dynamic import whose module is computed cannot be checked',
      instead: "spell the module out: import('name')",
    };
  }
  const target = resolveImport(tree, from, specifier);
  if (target === 'external') return null;
  if (target === 'missing') {
    return {
      message: `${specifier} is not a public door`,
      instead: "import a subpath that the package's exports list, or add one there",
    };
  }
  const unit = unitOf(from);
  if (unit === undefined) return complainOutside(from, specifier, target);
  if (target.unit === undefined) return relativeEscape(specifier);
  if (target.unit.name === unit.name) return complainInside(from, target, specifier, test);
  if (test && isLibraryTestImport(unit, target)) return null;
  return complainAcross(unit, target.unit, target, specifier, test);
}

/** The library's integration tests look into its rooms, and tests in a room use the programs of the integration tests. */
function isLibraryTestImport(unit: Unit, target: Target): boolean {
  if (unit.folder === libraryPackage) return target.path.startsWith(`${libraryPackage}/`);
  return unit.folder.startsWith(`${libraryPackage}/`) && target.unit?.folder === libraryPackage;
}

/** Files of no package: examples, benchmarks, tools and configuration. */
function complainOutside(from: string, specifier: string, target: Target): Complaint | null {
  if (target.byName || !target.path.startsWith('packages/')) return null;
  const place =
    outsideFolders.find((folder) => from.startsWith(`${folder}/`)) ?? 'a file outside the packages';
  return {
    message: `${place} may use public doors only, not ${specifier}`,
    instead: "import the package by its name ('raptorflow/bus')",
  };
}

/** A package's file that reaches out of every unit: a loose folder of the library, or another package's insides. */
function relativeEscape(specifier: string): Complaint {
  return {
    message: `${specifier} leaves the package`,
    instead: 'import the package by its name, or move the file into the unit that uses it',
  };
}

function complainInside(from: string, target: Target, specifier: string, test: boolean): Complaint | null {
  if (test) return null;
  if (target.byName) {
    return {
      message: `${specifier} is an import of oneself by name`,
      instead: 'import the file relatively (./x.ts)',
    };
  }
  return isTestCode(target.path) && isProductCode(from) ? testOnly(specifier) : null;
}

function complainAcross(
  unit: Unit,
  to: Unit,
  target: Target,
  specifier: string,
  test: boolean,
): Complaint | null {
  const allowed = new Set([
    ...unit.imports,
    ...(test ? [...importsOfEveryTest, ...(unit.testImports ?? [])] : []),
  ]);
  const isRoom = libraryRooms.includes(to.name);
  if (!allowed.has(to.name) && !(isRoom && allowed.has('library'))) {
    const list = [...unit.imports].join(', ') || 'nothing of ours';
    return {
      message: `${unit.name} may not import ${to.name} (it may import: ${list})`,
      instead: 'turn the dependency round with a port or a callback given at composition',
    };
  }
  if (!test && isTestCode(target.path)) return testOnly(specifier);
  if (libraryRooms.includes(unit.name) && isRoom) return complainBetweenRooms(to, target, specifier, test);
  if (target.byName) return null;
  return {
    message: `${specifier} goes into ${to.name} past its door`,
    instead: 'import the package by its name',
  };
}

function complainBetweenRooms(to: Unit, target: Target, specifier: string, test: boolean): Complaint | null {
  if (test && target.door) return null;
  const door = `${libraryFolder}/${to.name}/index.ts`;
  if (!target.byName && target.path === door) return null;
  return {
    message: `${specifier} goes into the room ${to.name} past its door`,
    instead: `import ../${to.name}/index.ts`,
  };
}

function testOnly(specifier: string): Complaint {
  return {
    message: `${specifier} exists for tests only`,
    instead: 'use the real thing in product code',
  };
}
