// The form of a benchmark: a run whose result is the JSON that is published, and a table for people.

/** One number or word of a table's row, by column. */
export type Row = Readonly<Record<string, string | number>>

/** What a module of a benchmark exports. `Result` is plain data, printed as one JSON object. */
export interface Bench<Result extends object = object> {
  run(): Promise<Result>
  /** The result as rows for `console.table`. */
  table(result: Result): readonly Row[]
}
