/** What the functions of a pipeline are told of one chain; see `StepContext`. */
export class ChainContext {
  readonly unit: number
  readonly answers: Record<string, unknown> = {}
  readonly #input: () => unknown
  #controller: AbortController | null = null

  constructor(unit: number, input: () => unknown) {
    this.unit = unit
    this.#input = input
  }

  get input(): unknown {
    return this.#input()
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  abort(): void {
    this.#controller?.abort()
  }
}
