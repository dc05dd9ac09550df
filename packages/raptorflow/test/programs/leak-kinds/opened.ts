/** Something that a program has opened. */
export interface Opened {
  /** What an orderly program does with it: it uses it and closes it. */
  close(): unknown;
}
