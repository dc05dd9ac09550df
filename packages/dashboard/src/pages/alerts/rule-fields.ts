/** What the groups of fields of a rule have in common. */
import type { RuleForm } from './rule-form.ts';
import type { RuleProblems } from './rule-problems.ts';

/** The form, what stands beside its fields, and how it is changed. */
export interface RuleFieldsProps {
  readonly form: RuleForm;
  readonly problems: RuleProblems;
  readonly onChange: (form: RuleForm) => void;
}
