/** The people a campaign speaks to. */
import { Button, IconButton } from '../../components/button.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import type { PersonaForm } from './brief-form.ts';

const personasMax = 20;

/** A row of fields for each persona, and a way to add one. */
export function PersonaFields({
  personas,
  onChange,
}: {
  readonly personas: readonly PersonaForm[];
  readonly onChange: (personas: readonly PersonaForm[]) => void;
}) {
  const change = (index: number, persona: PersonaForm) => onChange(personas.with(index, persona));
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Personas (optional)</legend>
      <div className="space-y-3">
        {personas.map((persona, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- every field is controlled, so a row has no state to mix up
          <div key={index} className="flex gap-2 rounded-md border border-line p-3">
            <div className="grid min-w-0 flex-1 gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,2fr)]">
              <TextField
                label="Name"
                maxLength={100}
                value={persona.name}
                onChange={(event) => change(index, { ...persona, name: event.target.value })}
              />
              <TextField
                label="Role"
                maxLength={300}
                value={persona.role}
                onChange={(event) => change(index, { ...persona, role: event.target.value })}
              />
              <TextArea
                label="Pains, one a line"
                rows={2}
                value={persona.pains}
                onChange={(event) => change(index, { ...persona, pains: event.target.value })}
              />
            </div>
            <IconButton
              icon="trash"
              label={`Remove persona ${persona.name || index + 1}`}
              onClick={() => onChange(personas.filter((_, place) => place !== index))}
            />
          </div>
        ))}
        {personas.length < personasMax ? (
          <Button icon="plus" onClick={() => onChange([...personas, { name: '', role: '', pains: '' }])}>
            Add a persona
          </Button>
        ) : null}
      </div>
    </fieldset>
  );
}
