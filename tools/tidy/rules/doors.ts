import type { Node } from 'oxc-parser';

import { isProductCode } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { NodeOf, SourceFile } from '../source.ts';

/** `export *` hides what is public. */
export const exportStarRule: Rule = {
  name: 'export-star',
  check: (tree) =>
    tree.sources.flatMap((source) =>
      source.nodes('ExportAllDeclaration').map((node) => ({
        path: source.path,
        line: source.lineAt(node.start),
        message: `export * from '${node.source.value}' hides what is public`,
        instead: 'list the names',
      })),
    ),
};

/**
 * A door (`index.ts`) is an explicit, alphabetical list: statements in the order of the files they name, and inside a
 * statement the values in order and the types in order; or all names of the file in one order.
 */
export const doorRule: Rule = {
  name: 'door',
  check: (tree) =>
    tree.sources
      .filter((source) => /^packages\/[^/]+\/src\/(?:.+\/)?index\.tsx?$/.test(source.path))
      .flatMap((source) => [...codeInDoor(source), ...disorder(source)]),
};

function codeInDoor(source: SourceFile): Violation[] {
  return source.body
    .filter(
      (node) =>
        !(node.type === 'ExportNamedDeclaration' && node.source !== null) &&
        node.type !== 'ExportAllDeclaration',
    )
    .slice(0, 1)
    .map((node) => ({
      path: source.path,
      line: source.lineAt(node.start),
      message: 'a door holds nothing but its list of names',
      instead: "write `export { a, b } from './file.ts'` only, and move code into a file of its own",
    }));
}

interface Statement {
  readonly node: Node;
  readonly from: string;
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly names: readonly string[];
}

function disorder(source: SourceFile): Violation[] {
  const statements = source.nodes('ExportNamedDeclaration').map((node): Statement => ({
    node,
    from: node.source?.value ?? '',
    values: namesOf(source, node, 'value'),
    types: namesOf(source, node, 'type'),
    names: node.specifiers.map((part) => source.textOf(part.exported)),
  }));
  if (firstDisorder(statements.flatMap((part) => part.names)) === -1) return [];
  const violations: Violation[] = [];
  const byFile = firstDisorder(statements.map((part) => part.from));
  const late = statements[byFile];
  if (late !== undefined) violations.push(outOfOrder(source, late.node, late.from));
  for (const { node, names, values, types } of statements) {
    if (firstDisorder(names) === -1) continue;
    const name = values[firstDisorder(values)] ?? types[firstDisorder(types)];
    if (name !== undefined) violations.push(outOfOrder(source, node, name));
  }
  return violations;
}

function namesOf(
  source: SourceFile,
  node: NodeOf<'ExportNamedDeclaration'>,
  kind: 'value' | 'type',
): string[] {
  return node.specifiers
    .filter((part) => (part.exportKind === 'type') === (kind === 'type'))
    .map((part) => source.textOf(part.exported));
}

/** The index of the first entry that stands before its predecessor; -1 when all is in one of the usual orders. */
function firstDisorder(entries: readonly string[]): number {
  const firstIn = (keyOf: (entry: string) => string): number =>
    entries.findIndex((entry, index) => index > 0 && keyOf(entry) < keyOf(entries[index - 1] ?? ''));
  const orders = [
    (entry: string): string => entry,
    (entry: string): string => entry.toLowerCase(),
    (entry: string): string => entry.replace(/\.tsx?$/, ''),
  ];
  const found = orders.map((keyOf) => firstIn(keyOf));
  return found.includes(-1) ? -1 : Math.max(...found);
}

function outOfOrder(source: SourceFile, node: Node, name: string): Violation {
  return {
    path: source.path,
    line: source.lineAt(node.start),
    message: `${name} is out of alphabetical order`,
    instead: 'sort the statements by file and the names inside each',
  };
}

/** Every exported name of product code has a doc comment. */
export const docCommentRule: Rule = {
  name: 'doc-comment',
  check: (tree) =>
    tree.sources
      .filter(
        (source) =>
          isProductCode(source.path) && /\.tsx?$/.test(source.path) && !/\/index\.tsx?$/.test(source.path),
      )
      .flatMap((source) => undocumented(source)),
};

function undocumented(source: SourceFile): Violation[] {
  const documented = new Set<string>();
  const exported = new Map<string, Node>();
  const listed = new Set<string>();
  for (const statement of source.body) {
    const outer =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const declaration = outer ? statement.declaration : statement;
    if (statement.type === 'ExportNamedDeclaration' && statement.source === null) {
      for (const part of statement.specifiers) listed.add(source.textOf(part.local));
    }
    if (declaration === null) continue;
    for (const name of declaredNames(declaration)) {
      if (outer && !exported.has(name)) exported.set(name, statement);
      if (hasDocComment(source, statement) || isInferredFromDocumented(source, declaration, documented))
        documented.add(name);
    }
  }
  for (const statement of source.body) {
    for (const name of declaredNames(statement)) if (listed.has(name)) exported.set(name, statement);
  }
  return [...exported]
    .filter(([name]) => !documented.has(name))
    .map(([name, node]) => ({
      path: source.path,
      line: source.lineAt(node.start),
      message: `${name} is exported without a doc comment`,
      instead:
        'say what it promises, its units and the error codes it throws, in /** … */ above it; or stop exporting it',
      name,
    }));
}

function declaredNames(node: Node): string[] {
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap((part) => (part.id.type === 'Identifier' ? [part.id.name] : []));
  }
  if ('id' in node && node.id !== null && node.id !== undefined && node.id.type === 'Identifier')
    return [node.id.name];
  return [];
}

function hasDocComment(source: SourceFile, node: Node): boolean {
  const before = source.comments.findLast((comment) => comment.end <= node.start);
  if (before?.type !== 'Block' || !before.value.startsWith('*')) return false;
  return source.text.slice(before.end, node.start).trim() === '';
}

/** `type Body = z.infer<typeof body>` says nothing that the schema's comment does not say. */
function isInferredFromDocumented(source: SourceFile, node: Node, documented: ReadonlySet<string>): boolean {
  if (node.type !== 'TSTypeAliasDeclaration') return false;
  const match = /^z\.(?:infer|input|output)<typeof (\w+)>$/.exec(source.textOf(node.typeAnnotation));
  return match?.[1] !== undefined && documented.has(match[1]);
}
