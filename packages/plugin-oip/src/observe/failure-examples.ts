/** What servers say may be long, and is somebody else's text. */
const LONGEST = 300

/** One text of the server for each kind of failure, so that a table of counts can be understood. */
export class FailureExamples {
  readonly #texts = new Map<string, string>()

  /** @param failure as in results: `http-400`, `grpc-unavailable` */
  add(failure: string, text: string): void {
    const line = text.replace(/\s+/g, ' ').trim()
    if (line !== '') this.#texts.set(failure, line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line)
  }

  get sentences(): readonly string[] {
    return [...this.#texts].map(([failure, text]) => `One answer that failed with ${failure} said: ${text}`)
  }
}
