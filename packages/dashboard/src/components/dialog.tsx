/** Windows over the page: a dialog in the middle, a sheet at the side. Both hold the focus and give it back. */
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';

import { Button, type ButtonTone, IconButton } from './button.tsx';
import { classes } from './class-names.ts';
import { ErrorNotice } from './feedback.tsx';

interface WindowProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly children: ReactNode;
}

function Frame({
  open,
  onClose,
  title,
  description,
  children,
  className,
}: WindowProps & { readonly className: string }) {
  return (
    <Primitive.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 bg-solid/25 dark:bg-sunken/70" />
        <Primitive.Content
          className={classes('fixed z-50 flex flex-col bg-surface shadow-float outline-none', className)}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="flex items-start justify-between gap-4 border-b border-line px-4 py-3">
            <div className="min-w-0">
              <Primitive.Title className="font-semibold break-words">{title}</Primitive.Title>
              {description === undefined ? null : (
                <Primitive.Description className="text-xs text-muted" asChild>
                  <div>{description}</div>
                </Primitive.Description>
              )}
            </div>
            <Primitive.Close asChild>
              <IconButton icon="close" label="Close" className="-my-1 -mr-2" />
            </Primitive.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** A dialog in the middle of the page; at a phone's width it rises from the bottom. */
export function Dialog(props: WindowProps) {
  return (
    <Frame
      {...props}
      className="inset-x-0 bottom-0 max-h-[92dvh] rounded-t-lg rising sm:inset-x-auto sm:top-[12vh] sm:bottom-auto sm:left-1/2 sm:max-h-[76vh] sm:w-full sm:max-w-lg sm:-translate-x-1/2 sm:rounded-lg"
    />
  );
}

/** A sheet at the page's right side, for something to read beside the page. */
export function Sheet(props: WindowProps) {
  return <Frame {...props} className="inset-y-0 right-0 w-full max-w-2xl sliding" />;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  children,
  action,
  tone = 'danger',
  busy,
  error,
  onConfirm,
}: WindowProps & {
  readonly action: string;
  readonly tone?: ButtonTone;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <div className="space-y-4">
        <div>{children}</div>
        {error === null ? null : <ErrorNotice error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button tone={tone} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
