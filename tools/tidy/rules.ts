import type { Rule } from './rule.ts';
import {
  anyRule,
  clockRule,
  compilerCommentRule,
  environmentRule,
  exitRule,
  leftoverRule,
  moduleStateRule,
  plainErrorRule,
  syntaxRule,
  wireNamesRule,
} from './rules/code.ts';
import { configurationReferenceRule } from './rules/configuration-reference.ts';
import { cyclesRule } from './rules/cycles.ts';
import { documentsRule } from './rules/documents.ts';
import { docCommentRule, doorRule, exportStarRule } from './rules/doors.ts';
import { errorsReferenceRule } from './rules/errors-reference.ts';
import { browserSafeRule, importsRule } from './rules/imports.ts';
import { forbiddenNamesRule, kebabCaseRule } from './rules/names.ts';
import { filesLookedAtRule, shapeRule } from './rules/shape.ts';
import {
  fileLinesRule,
  functionLinesRule,
  optionFieldsRule,
  portMethodsRule,
  publicMethodsRule,
} from './rules/sizes.ts';
import { everyTestRunsRule } from './rules/tests.ts';

/** Every rule, each with a planted violation in the test beside its file. */
export const rules: readonly Rule[] = [
  syntaxRule,
  importsRule,
  browserSafeRule,
  cyclesRule,
  fileLinesRule,
  functionLinesRule,
  publicMethodsRule,
  portMethodsRule,
  optionFieldsRule,
  forbiddenNamesRule,
  kebabCaseRule,
  exportStarRule,
  doorRule,
  docCommentRule,
  plainErrorRule,
  anyRule,
  compilerCommentRule,
  environmentRule,
  clockRule,
  leftoverRule,
  exitRule,
  moduleStateRule,
  wireNamesRule,
  everyTestRunsRule,
  errorsReferenceRule,
  configurationReferenceRule,
  documentsRule,
  shapeRule,
  filesLookedAtRule(),
];
