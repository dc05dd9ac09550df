import { isProductCode } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import { dottedName } from '../source.ts';
import type { NodeOf, SourceFile } from '../source.ts';

const fileLinesMax = 400;
const functionLinesMax = 70;
const publicMethodsMax = 12;
const portMethodsMax = 10;
const optionFieldsMax = 8;

/** Files of code, tests too, have at most 400 lines. */
export const fileLinesRule: Rule = {
  name: 'file-lines',
  check: (tree) =>
    tree.sources
      .filter((source) => source.lineCount > fileLinesMax)
      .map((source) => ({
        path: source.path,
        line: source.lineCount,
        message: `${source.lineCount} lines, at most ${fileLinesMax}`,
        instead: 'split the file by what its parts are about',
      })),
};

type FunctionNode = NodeOf<'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression'>;

/** Functions have at most 70 lines. The test cases that a function registers are counted on their own. */
export const functionLinesRule: Rule = {
  name: 'function-lines',
  check: (tree) => tree.sources.flatMap((source) => longFunctions(source)),
};

function longFunctions(source: SourceFile): Violation[] {
  const functions = source.nodes('FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression');
  const cases = functions.filter((node) => isTestCallback(source, node));
  return functions.flatMap((node) => {
    const lines = ownLines(source, node, cases);
    if (lines <= functionLinesMax) return [];
    const name = functionName(source, node);
    return [
      {
        path: source.path,
        line: source.lineAt(node.start),
        message: `${name} has ${lines} lines, at most ${functionLinesMax}`,
        instead: 'move a step that has a name into a function of its own',
        name,
      },
    ];
  });
}

function ownLines(source: SourceFile, node: FunctionNode, cases: readonly FunctionNode[]): number {
  const span = (part: FunctionNode): number => source.lineAt(part.end - 1) - source.lineAt(part.start) + 1;
  const inside = cases.filter((part) => part !== node && part.start >= node.start && part.end <= node.end);
  const outermost = inside.filter(
    (part) => !inside.some((other) => other !== part && other.start <= part.start && other.end >= part.end),
  );
  return span(node) - outermost.reduce((sum, part) => sum + span(part), 0);
}

function isTestCallback(source: SourceFile, node: FunctionNode): boolean {
  const parent = source.parent(node);
  if (parent?.type !== 'CallExpression') return false;
  const callee = parent.callee.type === 'CallExpression' ? parent.callee.callee : parent.callee;
  return /^(?:describe|it|test|beforeAll|beforeEach|afterAll|afterEach)\b/.test(dottedName(callee) ?? '');
}

function functionName(source: SourceFile, node: FunctionNode): string {
  if (node.id) return node.id.name;
  const parent = source.parent(node);
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name;
  if (
    (parent?.type === 'MethodDefinition' || parent?.type === 'Property') &&
    parent.key.type === 'Identifier'
  ) {
    return parent.key.name;
  }
  return 'a function';
}

/** Classes have at most 12 public methods. */
export const publicMethodsRule: Rule = {
  name: 'public-methods',
  check: (tree) =>
    tree.sources.flatMap((source) =>
      source.nodes('ClassDeclaration', 'ClassExpression').flatMap((node): Violation[] => {
        const methods = node.body.body.filter(
          (member) =>
            (member.type === 'MethodDefinition' || member.type === 'TSAbstractMethodDefinition') &&
            member.kind === 'method' &&
            member.key.type !== 'PrivateIdentifier' &&
            member.accessibility !== 'private' &&
            member.accessibility !== 'protected',
        );
        const names = new Set(methods.map((member) => ('key' in member ? source.textOf(member.key) : '')));
        if (names.size <= publicMethodsMax) return [];
        const name = node.id?.name ?? 'a class';
        return [
          {
            path: source.path,
            line: source.lineAt(node.start),
            message: `class ${name} has ${names.size} public methods, at most ${publicMethodsMax}`,
            instead: 'give a group of them an object of its own (bus.deadLetters)',
            name,
          },
        ];
      }),
    ),
};

/** A port (engine, store, notifier …) has at most 10 methods. */
export const portMethodsRule: Rule = {
  name: 'port-methods',
  check: (tree) =>
    tree.sources
      .filter((source) => isProductCode(source.path))
      .flatMap((source) =>
        source
          .nodes('TSInterfaceDeclaration')
          .filter((node) => /(?:Engine|Store|Notifier|Port)$/.test(node.id.name))
          .flatMap((node): Violation[] => {
            const count = node.body.body.filter(
              (member) =>
                member.type === 'TSMethodSignature' ||
                (member.type === 'TSPropertySignature' &&
                  member.typeAnnotation?.typeAnnotation.type === 'TSFunctionType'),
            ).length;
            if (count <= portMethodsMax) return [];
            return [
              {
                path: source.path,
                line: source.lineAt(node.start),
                message: `port ${node.id.name} has ${count} methods, at most ${portMethodsMax}`,
                instead: 'split the port by who calls it',
                name: node.id.name,
              },
            ];
          }),
      ),
};

/** Options have at most 8 fields a group, whether written as a type or as a zod schema. */
export const optionFieldsRule: Rule = {
  name: 'option-fields',
  check: (tree) =>
    tree.sources
      .filter((source) => isProductCode(source.path))
      .flatMap((source) => [...optionTypes(source), ...optionSchemas(source)]),
};

function optionTypes(source: SourceFile): Violation[] {
  const named = [...source.nodes('TSInterfaceDeclaration'), ...source.nodes('TSTypeAliasDeclaration')].filter(
    (node) => node.id.name.endsWith('Options'),
  );
  const groups = [...source.nodes('TSInterfaceBody'), ...source.nodes('TSTypeLiteral')];
  return named.flatMap((owner) =>
    groups
      .filter((group) => group.start >= owner.start && group.end <= owner.end)
      .flatMap((group) => {
        const members = group.type === 'TSTypeLiteral' ? group.members : group.body;
        return tooManyFields(source, group.start, owner.id.name, members.length);
      }),
  );
}

function optionSchemas(source: SourceFile): Violation[] {
  const named = source
    .nodes('VariableDeclarator')
    .filter((node) => node.id.type === 'Identifier' && /options?(?:Schema|Shape)?$/i.test(node.id.name));
  const objects = source.nodes('ObjectExpression').filter((node) => {
    const parent = source.parent(node);
    return (
      parent?.type === 'CallExpression' &&
      /^z\.(?:strictObject|object|looseObject)$/.test(dottedName(parent.callee) ?? '')
    );
  });
  return named.flatMap((owner) =>
    objects
      .filter((group) => group.start >= owner.start && group.end <= owner.end)
      .flatMap((group) => {
        const name = owner.id.type === 'Identifier' ? owner.id.name : 'options';
        return tooManyFields(source, group.start, name, group.properties.length);
      }),
  );
}

function tooManyFields(source: SourceFile, offset: number, name: string, count: number): Violation[] {
  if (count <= optionFieldsMax) return [];
  return [
    {
      path: source.path,
      line: source.lineAt(offset),
      message: `${name} has ${count} fields in one group, at most ${optionFieldsMax}`,
      instead: 'group the fields by what they are about ({ retry: {…}, retention: {…} })',
      name,
    },
  ];
}
