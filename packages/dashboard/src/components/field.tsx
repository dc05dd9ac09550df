/** Form fields: a label, a control, a hint or what is wrong with it. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

import { classes } from './class-names.ts';

// 16 px on phones: below that, iOS zooms into the field.
const control =
  'w-full rounded-md border border-line-strong bg-surface px-2.5 text-base sm:text-sm text-text placeholder:text-muted disabled:bg-sunken disabled:text-muted aria-invalid:border-bad';

interface Labelled {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  /** The label is read out but not shown. */
  readonly hideLabel?: boolean;
  readonly children?: ReactNode;
}

function Frame({
  id,
  label,
  hint,
  problem,
  hideLabel = false,
  control: element,
  children,
  className,
}: Labelled & { readonly id: string; readonly control: ReactNode; readonly className?: string | undefined }) {
  return (
    <div className={classes('min-w-0', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1 block text-sm font-medium'}>
        {label}
      </label>
      {element}
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className="mt-1 text-xs text-bad">
          {problem}
        </p>
      )}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
      {children}
    </div>
  );
}

function described(id: string, { hint, problem }: Labelled) {
  const ids = [problem !== undefined && `${id}-problem`, hint !== undefined && `${id}-hint`].filter(Boolean);
  return {
    id,
    'aria-invalid': problem !== undefined,
    'aria-describedby': ids.length > 0 ? ids.join(' ') : undefined,
  } as const;
}

/** One line of text. */
export function TextField({
  label,
  hint,
  problem,
  hideLabel,
  children,
  className,
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const labelled = { label, hint, problem, hideLabel: hideLabel ?? false, children };
  return (
    <Frame
      id={id}
      {...labelled}
      className={className}
      control={<input {...rest} {...described(id, labelled)} className={classes(control, 'h-9 sm:h-8')} />}
    />
  );
}

/** Several lines of text. */
export function TextArea({
  label,
  hint,
  problem,
  hideLabel,
  children,
  className,
  mono = false,
  ...rest
}: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement> & { readonly mono?: boolean }) {
  const id = useId();
  const labelled = { label, hint, problem, hideLabel: hideLabel ?? false, children };
  return (
    <Frame
      id={id}
      {...labelled}
      className={className}
      control={
        <textarea
          rows={3}
          {...rest}
          {...described(id, labelled)}
          className={classes(control, 'resize-y py-1.5', mono && 'font-mono text-xs sm:text-xs')}
        />
      }
    />
  );
}

/** One of a few. */
export function SelectField({
  label,
  hint,
  problem,
  hideLabel,
  children,
  className,
  options,
  ...rest
}: Labelled &
  SelectHTMLAttributes<HTMLSelectElement> & {
    readonly options: readonly (readonly [value: string, text: string])[];
  }) {
  const id = useId();
  const labelled = { label, hint, problem, hideLabel: hideLabel ?? false, children };
  return (
    <Frame
      id={id}
      {...labelled}
      className={className}
      control={
        <select {...rest} {...described(id, labelled)} className={classes(control, 'h-9 sm:h-8')}>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      }
    />
  );
}
