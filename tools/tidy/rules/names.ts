import type { Rule, Violation } from '../rule.ts';

const forbiddenWhole = new Set(['common', 'lib', 'libs', 'misc']);
const forbiddenWord = new Set(['util', 'utils', 'helper', 'helpers', 'manager', 'managers', 'misc']);
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Files whose names others fix: README, LICENSE, Dockerfile, dot files and what begins with one underscore. */
const namedByOthers = /^(?:[A-Z][A-Z0-9_-]*(?:\.md|\.txt)?|Dockerfile(?:\..+)?|Caddyfile|\..+)$/;
const lookedAt = /^(?:packages|tools|examples|benchmarks|docs|deploy|config)\//;

/** No file or folder is called after what it is not about. */
export const forbiddenNamesRule: Rule = {
  name: 'forbidden-name',
  check: (tree) =>
    [...tree.folders, ...tree.paths].flatMap((path): Violation[] => {
      if (!lookedAt.test(path)) return [];
      const base = lastPart(path).split('.')[0] ?? '';
      const last = base.split('-').at(-1) ?? '';
      const suffix = base !== last && (last === 'service' || last === 'services');
      if (!forbiddenWhole.has(base) && !forbiddenWord.has(last) && !suffix) return [];
      return [
        {
          path,
          line: 1,
          message: `the name ${base} says nothing`,
          instead: 'name it after what it does, from the words of the field (docs/reference/glossary.md)',
        },
      ];
    }),
};

/** Files and folders are kebab-case. */
export const kebabCaseRule: Rule = {
  name: 'kebab-case',
  check: (tree) =>
    [...tree.folders, ...tree.paths].flatMap((path): Violation[] => {
      const base = lastPart(path);
      if (!lookedAt.test(path) || namedByOthers.test(base)) return [];
      if (base.split('.').every((part) => kebab.test(part))) return [];
      const suggestion = base
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replaceAll('_', '-')
        .toLowerCase();
      return [{ path, line: 1, message: `${base} is not kebab-case`, instead: `call it ${suggestion}` }];
    }),
};

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
