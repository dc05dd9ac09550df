import { environmentFiles } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { SourceFile } from '../source.ts';
import type { Tree } from '../tree.ts';

const page = 'docs/reference/configuration.md';
const variableName = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** Set by npm and by terminals, for programs like ours; not ours to configure. */
const setByOthers = new Set(['INIT_CWD', 'TERM']);

/** Every environment variable that is read is on the configuration page, and the page lists none that is not read. */
export const configurationReferenceRule: Rule = {
  name: 'configuration-reference',
  check: (tree) => {
    const read = tree.sources
      .filter((source) => environmentFiles.includes(source.path))
      .flatMap((source) => variablesIn(source));
    if (read.length === 0) return [];
    if (!tree.has(page))
      return [{ path: page, line: 1, message: 'the page is missing', instead: 'write it' }];
    return [...undescribed(tree, read), ...stale(tree, new Set(read.map((variable) => variable.name)))];
  },
};

interface Variable {
  readonly name: string;
  readonly path: string;
  readonly line: number;
}

/** The keys of schemas, and what is looked up by a literal. */
function variablesIn(source: SourceFile): Variable[] {
  const at = (name: string, offset: number): Variable => ({
    name,
    path: source.path,
    line: source.lineAt(offset),
  });
  const keys = source
    .nodes('Property')
    .filter((node) => !node.computed)
    .map((node) => at(source.textOf(node.key), node.start));
  const lookups = source
    .nodes('MemberExpression')
    .map((node) => at(source.textOf(node.property).replaceAll(/['"]/g, ''), node.start));
  return [...keys, ...lookups].filter(({ name }) => variableName.test(name) && !setByOthers.has(name));
}

function undescribed(tree: Tree, read: readonly Variable[]): Violation[] {
  const text = tree.read(page);
  return read
    .filter(({ name }) => !text.includes(`\`${name}\``))
    .map(({ name, path, line }) => ({
      path,
      line,
      message: `${name} is read but not described`,
      instead: `describe it in ${page}`,
    }));
}

function stale(tree: Tree, read: ReadonlySet<string>): Violation[] {
  return tree
    .read(page)
    .split('\n')
    .flatMap((text, index) => {
      const name = /^\| `([A-Z][A-Z0-9_]*)` \|/.exec(text)?.[1];
      if (name === undefined || read.has(name)) return [];
      return [
        {
          path: page,
          line: index + 1,
          message: `${name} is described but nobody reads it`,
          instead: 'remove the row',
        },
      ];
    });
}
