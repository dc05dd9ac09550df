/** Where a rule is saved: what is still open, and whether it goes on. */
import type { WireAlertRule } from '@raptorflow/contract';

import { Button } from '../../components/button.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { countOf } from '../../format/number.ts';

interface RuleSaveBarProps {
  readonly existing: WireAlertRule | null;
  /** What keeps the form from being sent, one sentence each. */
  readonly open: readonly string[];
  readonly isSound: boolean;
  /** The form as it is has been tried on the past. */
  readonly isTried: boolean;
  readonly busy: boolean;
  /** Why the form as it is was refused; here, where it is in sight. */
  readonly error: Error | null;
  readonly onSave: (enabled: boolean) => void;
}

/** The bar at the foot of the page; a rule goes on only when its past has been seen. */
export function RuleSaveBar({ existing, open, isSound, isTried, busy, error, onSave }: RuleSaveBarProps) {
  const isOn = existing !== null && existing.enabled !== false;
  const offWords = existing === null ? 'Save switched off' : isOn ? 'Save and switch off' : 'Save';
  return (
    <div className="sticky bottom-3 z-10 mt-4 flex flex-wrap items-center justify-end gap-3 rounded-lg bg-surface px-4 py-2.5 shadow-float">
      {error === null ? null : (
        <div className="basis-full">
          <ErrorNotice error={error} />
        </div>
      )}
      <p role="status" aria-live="polite" className="mr-auto min-w-0 flex-1 basis-56 text-muted">
        {remark({ open, isSound, isTried, isOn, firing: existing?.firing ?? 0 })}
      </p>
      {/* Enter saves the rule as it is: on when it was on, else off. */}
      <Button
        type={isOn ? 'button' : 'submit'}
        busy={busy}
        disabled={!isSound}
        {...(isOn ? { onClick: () => onSave(false) } : {})}
      >
        {offWords}
      </Button>
      <Button
        type={isOn ? 'submit' : 'button'}
        tone="solid"
        busy={busy}
        disabled={!isSound || !isTried}
        {...(isOn ? {} : { onClick: () => onSave(true) })}
      >
        {isOn ? 'Save' : 'Save and switch on'}
      </Button>
    </div>
  );
}

function remark({
  open,
  isSound,
  isTried,
  isOn,
  firing,
}: {
  readonly open: readonly string[];
  readonly isSound: boolean;
  readonly isTried: boolean;
  readonly isOn: boolean;
  readonly firing: number;
}): string {
  const [first] = open;
  if (first !== undefined) {
    return open.length === 1
      ? first
      : `${first} ${open.length - 1} more ${open.length === 2 ? 'thing is' : 'things are'} open.`;
  }
  if (!isSound) return 'The server refuses it like this: see what stands beside the fields.';
  if (!isTried)
    return isOn
      ? 'It can be saved when it has been tried on the past.'
      : 'It can be switched on when it has been tried on the past.';
  if (firing > 0) {
    return `${countOf(firing, 'alert')} of it ${firing === 1 ? 'fires' : 'fire'}. A change of more than words lets them begin anew.`;
  }
  return isOn ? '' : 'It has been tried on the past and can be switched on.';
}
