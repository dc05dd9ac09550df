import { RaptorFlowError } from '../../kernel/index.ts';

/** Kinds of resources that can be told apart; they are meant to be few and named in code. */
const typesMax = 256;
const typeName = /^[a-z][a-z0-9_]{0,63}$/;

const second = 1_000;

/** Age from which a resource of a known type is suspected, milliseconds. */
const suspectedAgeMs: Readonly<Record<string, number>> = {
  memory: 3_600 * second,
  thread: 3_600 * second,
  file_handle: 1_800 * second,
  async_task: 1_800 * second,
  network_connection: 600 * second,
  database_connection: 300 * second,
  temporary_file: 900 * second,
};

/** The same for all other types. */
const otherAgeMs = 3_600 * second;

/** The types of resources by number, and what holds for each of them. */
export class TypeTable {
  readonly names: string[] = [];
  /** Age from which one is suspected, milliseconds, by number. */
  readonly ageMs: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #ages: Readonly<Partial<Record<string, number>>>;

  constructor(ages: Readonly<Partial<Record<string, number>>>) {
    this.#ages = ages;
  }

  /** The number of a type; undefined when none of it was ever registered. */
  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** The number of a type, new or known. Throws `invalid_input` for a malformed name and `exhausted` for one too many. */
  intern(name: string): number {
    const known = this.#numbers.get(name);
    return known ?? this.#add(name);
  }

  #add(name: string): number {
    if (typeof name !== 'string' || !typeName.test(name)) {
      throw new RaptorFlowError(
        'invalid_input',
        `A type of resource is a snake_case word of at most 64 characters, such as file_handle, not ${JSON.stringify(name)}.`,
      );
    }
    const number = this.names.length;
    if (number >= typesMax) {
      throw new RaptorFlowError(
        'exhausted',
        `There are already ${typesMax} types of resources; put what differs from one resource to the next into its metadata.`,
        { details: { typesMax } },
      );
    }
    this.names.push(name);
    this.ageMs.push(this.#ages[name] ?? suspectedAgeMs[name] ?? otherAgeMs);
    this.#numbers.set(name, number);
    return number;
  }
}
