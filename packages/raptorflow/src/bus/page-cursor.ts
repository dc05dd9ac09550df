import { RaptorFlowError } from '../kernel/index.ts';

/** The error for a cursor that no page of the list gave. */
export function foreignCursor(): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    'The cursor is not one of this list; begin again without a cursor.',
  );
}
