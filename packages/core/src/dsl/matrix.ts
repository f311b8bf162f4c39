/** The value of a matrix axis. */
export type Scalar = string | number | boolean

/** Axes and their values: `{ batch: [1, 8], precision: ['fp16', 'fp32'] }`. The last axis varies fastest. */
export type Matrix = Readonly<Record<string, readonly Scalar[]>>

/** One combination of the axes' values. */
export type Case<M extends Matrix> = { readonly [Axis in keyof M]: M[Axis][number] }

/** Rejects an axis that is written without any value. */
export type FilledAxes<M extends Matrix> = {
  readonly [Axis in keyof M]: M[Axis] extends readonly [] ? never : unknown
}
