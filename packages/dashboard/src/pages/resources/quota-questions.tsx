/** Asks before a quota is removed or its usage is forgotten. */
import type { WireQuota } from '@raptorflow/contract';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { useRemoveQuota, useResetQuota } from '../../data/quotas.ts';
import { humanize } from '../../format/words.ts';
import { scopeWords } from './quota-words.ts';

interface QuestionProps {
  readonly scope: MetricScope;
  readonly quota: WireQuota;
  readonly onClose: () => void;
}

/** Asks before usage begins at nothing. */
export function ResetQuotaDialog({ scope, quota, onClose }: QuestionProps) {
  const reset = useResetQuota(scope);
  return (
    <ConfirmDialog
      open
      title={`Reset ${quota.name}?`}
      action="Reset it"
      busy={reset.isPending}
      error={reset.error}
      onClose={onClose}
      onConfirm={() => reset.mutate(quota.quota_id, { onSuccess: onClose })}
    >
      <p>
        Usage begins at nothing for everybody that it counts for ({scopeWords[quota.quota_scope]}). The limit
        stays, and the audit log notes who did it.
      </p>
    </ConfirmDialog>
  );
}

/** Asks before a quota is gone. */
export function RemoveQuotaDialog({ scope, quota, onClose }: QuestionProps) {
  const remove = useRemoveQuota(scope);
  return (
    <ConfirmDialog
      open
      title={`Delete ${quota.name}?`}
      action="Delete it"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(quota.quota_id, { onSuccess: onClose })}
    >
      <p>
        From the next request on it limits “{humanize(quota.resource_type)}” no more. What it has counted is
        forgotten; its violations stay on record. To pause it, change it and switch it off.
      </p>
    </ConfirmDialog>
  );
}
