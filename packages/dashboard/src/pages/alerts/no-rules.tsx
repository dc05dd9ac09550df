/** What stands where no rule does, with the way to the first one for those who may write it. */
import { Link } from '@tanstack/react-router';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { buttonClasses } from '../../components/button.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { useScope } from '../../data/scope.ts';
import { useAlertRights } from './alert-rights.ts';

/** `title` says what there is none of. */
export function NoRules({ title }: { readonly title: string }) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  const { mayChangeRules } = useAlertRights();
  return (
    <EmptyState
      icon="alerts"
      title={title}
      action={
        mayChangeRules ? (
          <Link
            to="/w/$workspaceId/alerts/new-rule"
            params={{ workspaceId }}
            search={search}
            className={buttonClasses('solid')}
          >
            Write the first rule
          </Link>
        ) : undefined
      }
    >
      {mayChangeRules
        ? 'A rule says which metric to watch and when it is bad. It is tried on the past before it is switched on.'
        : 'An admin of the workspace can write rules.'}
    </EmptyState>
  );
}
