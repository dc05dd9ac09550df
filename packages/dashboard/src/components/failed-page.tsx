/** The page of something that could not be read. */
import { isClientError } from '@raptorflow/client';
import type { ReactNode } from 'react';

import { ErrorNotice } from './feedback.tsx';
import { PageHeader } from './panel.tsx';

/** Says why it could not be read, and leads back to where such things are listed; trying again helps only if it is there. */
export function FailedPage({
  what,
  trail,
  error,
  retry,
}: {
  /** "campaign", "run". */
  readonly what: string;
  readonly trail: ReactNode;
  readonly error: unknown;
  readonly retry: () => void;
}) {
  const missing = isClientError(error) && error.status === 404;
  return (
    <>
      <PageHeader title={missing ? `No such ${what}` : `This ${what} could not be read`} trail={trail} />
      <ErrorNotice error={error} {...(missing ? {} : { retry })} />
    </>
  );
}
