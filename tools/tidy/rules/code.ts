import type { Node } from 'oxc-parser';

import { environmentFiles, isProductCode, isTestCode, libraryFolder } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import { dottedName } from '../source.ts';
import type { SourceFile } from '../source.ts';
import type { Tree } from '../tree.ts';

type Ban = Pick<Violation, 'message' | 'instead'>;

/** Runs `look` over the files that `applies` to and turns every hit into a violation. */
function banned(
  name: string,
  applies: (path: string) => boolean,
  look: (source: SourceFile) => Iterable<readonly [offset: number, ban: Ban]>,
): Rule {
  const checkFile = (source: SourceFile): Violation[] =>
    [...look(source)].map(([offset, ban]) => ({ path: source.path, line: source.lineAt(offset), ...ban }));
  return {
    name,
    check: (tree: Tree) =>
      tree.sources.filter((source) => applies(source.path)).flatMap((source) => checkFile(source)),
  };
}

const isKernel = (path: string): boolean => path.startsWith(`${libraryFolder}/kernel/`);
const isBrowserSide = (path: string): boolean => /^packages\/(?:client|dashboard|contract)\//.test(path);

/** A file that does not parse cannot be judged. */
export const syntaxRule: Rule = {
  name: 'syntax',
  check: (tree) =>
    tree.sources
      .filter((source) => source.syntaxErrors.length > 0)
      .map((source) => ({
        path: source.path,
        line: 1,
        message: `does not parse (${source.syntaxErrors[0]})`,
        instead: 'repair the syntax',
      })),
};

/** Failures are `RaptorFlowError`s with a code; only the kernel makes plain ones. */
export const plainErrorRule: Rule = banned(
  'plain-error',
  (path) => isProductCode(path) && !isKernel(path),
  function* look(source) {
    for (const node of source.nodes('NewExpression', 'CallExpression')) {
      const name = dottedName(node.callee) ?? '';
      if (!/^(?:Error|TypeError|RangeError|SyntaxError|AggregateError)$/.test(name)) continue;
      yield [
        node.start,
        {
          message: `${name}(…) tells a caller nothing`,
          instead: "use new RaptorFlowError('code', 'what to do'), or invariant() for a bug",
        },
      ];
    }
    for (const node of source.nodes('ClassDeclaration', 'ClassExpression')) {
      if (node.superClass === null || isBrowserSide(source.path)) continue;
      if (!/^(?:Error|TypeError|RangeError)$/.test(dottedName(node.superClass) ?? '')) continue;
      yield [
        node.start,
        {
          message: 'there is one error class',
          instead: 'add a code to the error catalogue and use RaptorFlowError',
        },
      ];
    }
  },
);

/** `any` switches the compiler off. */
export const anyRule: Rule = banned(
  'any',
  () => true,
  function* look(source) {
    for (const node of source.nodes('TSAnyKeyword')) {
      yield [node.start, { message: 'any switches the compiler off', instead: 'use unknown and narrow it' }];
    }
  },
);

/** Compiler complaints are not silenced, except one line at a time with a reason. */
export const compilerCommentRule: Rule = banned(
  'ts-comment',
  () => true,
  function* look(source) {
    for (const comment of source.comments) {
      if (/^[\s*]*@ts-(?:ignore|nocheck)\b/.test(comment.value)) {
        yield [
          comment.start,
          {
            message: 'the compiler is silenced',
            instead: 'repair the type, or use @ts-expect-error with a reason',
          },
        ];
      }
      if (/^[\s*]*@ts-expect-error\W*$/.test(comment.value)) {
        yield [
          comment.start,
          { message: '@ts-expect-error has no reason', instead: 'write the reason behind it' },
        ];
      }
    }
  },
);

/** The environment is read in two files. */
export const environmentRule: Rule = banned(
  'environment',
  (path) => isProductCode(path) && !environmentFiles.includes(path),
  function* look(source) {
    const ban = {
      message: 'the environment is read in two files only',
      instead: 'read it in packages/platform/src/config.ts or packages/cli/src/env.ts and pass the value in',
    };
    for (const node of source.nodes('MemberExpression')) {
      if (/^(?:globalThis\.)?process\.env$/.test(dottedName(node) ?? '')) yield [node.start, ban];
    }
    for (const node of source.nodes('ImportDeclaration')) {
      if (!/^(?:node:)?process$/.test(node.source.value)) continue;
      const names = node.specifiers.map((part) =>
        part.type === 'ImportSpecifier' ? source.textOf(part.imported) : '',
      );
      if (names.includes('env')) yield [node.start, ban];
    }
  },
);

const clockCalls =
  /^(?:globalThis\.)?(?:setTimeout|setInterval|Math\.random|Date\.now|performance\.now|process\.hrtime(?:\.bigint)?)$/;
const clockFiles = new RegExp(`^${libraryFolder}/kernel/(?:[^/]*(?:clock|random)[^/]*)\\.ts$`);

/** Time and chance are injected. The kernel's clock and random are the only ones who ask the machine. */
export const clockRule: Rule = banned(
  'clock',
  (path) => isProductCode(path) && !clockFiles.test(path) && !path.startsWith('packages/dashboard/'),
  function* look(source) {
    const ban = (what: string): Ban => ({
      message: `${what} cannot be driven by a test`,
      instead: 'use the injected Clock or Random (kernel)',
    });
    const reported = new Set<number>();
    for (const node of source.nodes('CallExpression')) {
      const name = dottedName(node.callee);
      if (name === null || !clockCalls.test(name)) continue;
      reported.add(node.callee.start);
      yield [node.start, ban(name)];
    }
    for (const node of source.nodes('MemberExpression')) {
      const name = dottedName(node);
      if (name !== null && clockCalls.test(name) && !reported.has(node.start)) yield [node.start, ban(name)];
    }
    for (const node of source.nodes('NewExpression')) {
      if (dottedName(node.callee) === 'Date' && node.arguments.length === 0)
        yield [node.start, ban('new Date()')];
    }
    for (const node of source.nodes('ImportDeclaration')) {
      if (/^(?:node:)?timers(?:\/promises)?$/.test(node.source.value))
        yield [node.start, ban(node.source.value)];
    }
  },
);

const leftover = /\b(?:TODO|FIXME|XXX)\b/;

/** What is not done is absent, and stands in docs/roadmap.md. */
export const leftoverRule: Rule = {
  name: 'leftover',
  check: (tree) => {
    const violations: Violation[] = [];
    const report = (path: string, line: number, text: string): void => {
      const word = leftover.exec(text)?.[0];
      if (word === undefined) return;
      violations.push({
        path,
        line,
        message: `a ${word} was left behind`,
        instead: 'do it, or write it into docs/roadmap.md',
      });
    };
    for (const source of tree.sources) {
      for (const comment of source.comments) report(source.path, source.lineAt(comment.start), comment.value);
    }
    for (const path of tree.paths.filter(
      (name) => /\.(?:ya?ml|sh|ini|css|html|sql)$/.test(name) && !name.startsWith('examples/'),
    )) {
      for (const [index, text] of tree.read(path).split('\n').entries()) report(path, index + 1, text);
    }
    return violations;
  },
};

/** Exit codes are the command line's business. */
export const exitRule: Rule = banned(
  'exit',
  (path) => isProductCode(path) && !path.startsWith('packages/cli/'),
  function* look(source) {
    for (const node of source.nodes('MemberExpression')) {
      const name = dottedName(node) ?? '';
      if (!/^process\.(?:exit|exitCode|abort)$/.test(name)) continue;
      yield [
        node.start,
        {
          message: `${name} belongs to the command line`,
          instead: 'throw, or stop the service; the cli turns errors into exit codes',
        },
      ];
    }
  },
);

/** State belongs to an instance, not to a module. */
export const moduleStateRule: Rule = banned(
  'module-state',
  (path) => isProductCode(path) && !isKernel(path),
  function* look(source) {
    for (const statement of source.body) {
      const declaration: Node | null =
        statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      if (declaration?.type !== 'VariableDeclaration' || !['let', 'var'].includes(declaration.kind)) continue;
      yield [
        declaration.start,
        {
          message: `a module-level ${declaration.kind} is a global`,
          instead: 'keep the state in an object that createX() makes',
        },
      ];
    }
  },
);

/** The contract is the wire: its keys are snake_case. */
export const wireNamesRule: Rule = banned(
  'wire-name',
  (path) => path.startsWith('packages/contract/src/') && !isTestCode(path),
  function* look(source) {
    for (const node of source.nodes('Property')) {
      const call = source.parent(source.parent(node) ?? node);
      if (call?.type !== 'CallExpression' || !/^z\.\w*[oO]bject$/.test(dottedName(call.callee) ?? ''))
        continue;
      const key = node.key.type === 'Literal' ? String(node.key.value) : source.textOf(node.key);
      if (node.computed || /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(key)) continue;
      const suggestion = key.replaceAll(/([A-Z])/g, '_$1').toLowerCase();
      yield [
        node.start,
        { message: `${key} goes over the wire but is not snake_case`, instead: `call it ${suggestion}` },
      ];
    }
  },
);
