/** A field that is typed into and offers what fits: a combobox. What is typed counts, whether it is offered or not. */
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';

import { classes } from './class-names.ts';
import { type Choice, choicesFor, placeAfter } from './choice-list.ts';
import { TextField } from './field.tsx';

const offeredMax = 60;

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly placeholder?: string;
  readonly className?: string;
}

/** The field with its list. */
export function ChoiceField({ value, choices, onChange, className, ...field }: ChoiceFieldProps) {
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [place, setPlace] = useState(-1);
  const offered = choicesFor(choices, value, offeredMax);
  const isShown = open && offered.length > 0;
  const close = () => {
    setOpen(false);
    setPlace(-1);
  };
  const pick = (choice: Choice) => {
    onChange(choice.value);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = placeAfter(event.key, isShown ? place : -1, offered.length);
    const chosen = isShown ? offered[place] : undefined;
    if (next !== null) {
      setOpen(true);
      setPlace(next);
    } else if (event.key === 'Enter' && chosen !== undefined) {
      pick(chosen);
    } else if (event.key === 'Escape' && isShown) {
      close();
    } else return;
    // What the list has used does nothing else: no form is sent, no dialog closed, no cursor moved.
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classes('relative', className)}>
      <TextField
        {...field}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isShown && place >= 0 ? `${listId}-${place}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setOpen(true);
          setPlace(-1);
        }}
        onClick={() => setOpen(true)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <ChoiceList
        id={listId}
        label={field.label}
        choices={isShown ? offered : []}
        place={place}
        onPick={pick}
      />
    </div>
  );
}

/** The keyboard stays with the field; the list only shows where it is, and takes the pointer. */
function ChoiceList({
  id,
  label,
  choices,
  place,
  onPick,
}: {
  readonly id: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly place: number;
  readonly onPick: (choice: Choice) => void;
}) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label={label}
      tabIndex={-1}
      hidden={choices.length === 0}
      // The field keeps the focus, also while the list is scrolled with the pointer.
      onMouseDown={(event) => event.preventDefault()}
      // Right below the control, over its hint.
      className="absolute inset-x-0 top-[3.9rem] z-20 max-h-72 overflow-y-auto rounded-md bg-surface p-1 shadow-float sm:top-[3.65rem]"
    >
      {choices.map((choice, index) => (
        <div
          key={choice.value}
          id={`${id}-${index}`}
          ref={index === place ? bringIntoSight : undefined}
          role="option"
          tabIndex={-1}
          aria-selected={index === place}
          onMouseDown={() => onPick(choice)}
          className="cursor-pointer rounded-sm px-2 py-1.5 hover:bg-hover aria-selected:bg-accent-soft"
        >
          <div className="truncate font-mono text-xs">{choice.value}</div>
          {choice.detail === undefined ? null : (
            <div className="truncate text-xs text-muted">{choice.detail}</div>
          )}
        </div>
      ))}
    </div>
  );
}

function bringIntoSight(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}
