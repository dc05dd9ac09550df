/** Something that must not be. */
export interface Difference {
  readonly rule:
    | 'missing'
    | 'given_to_the_late'
    | 'never_sent'
    | 'stored_twice'
    | 'overlap'
    | 'repeated'
    | 'order'
    | 'attempts'
    | 'deduplication';
  readonly text: string;
  /** When what it is about happened: on the clock of the ledger. */
  readonly at: number;
}
