import { REDACTED } from '../transport/secret-redaction.ts'

/** Shorter text is no secret, and stands in many words. */
const SHORTEST = 4
/** What has no line break for so long is passed on as it is. */
const LONGEST_LINE = 64 * 1024

/** Passes text on in whole lines, without the secrets in them. */
export class ConcealedText {
  readonly #secrets: readonly string[]
  readonly #pass: (text: string) => void
  #rest = ''

  constructor(secrets: readonly string[], pass: (text: string) => void) {
    // Of two secrets, one may begin with the other.
    this.#secrets = secrets
      .flatMap((secret) => secret.split(/\r?\n/))
      .filter((line) => line.length >= SHORTEST)
      .sort((a, b) => b.length - a.length)
    this.#pass = pass
  }

  add(chunk: string): void {
    const text = this.#rest + chunk
    const end = text.length > LONGEST_LINE ? text.length : text.lastIndexOf('\n') + 1
    this.#rest = text.slice(end)
    if (end > 0) this.#pass(this.#conceal(text.slice(0, end)))
  }

  /** Nothing follows. */
  end(): void {
    if (this.#rest !== '') this.#pass(this.#conceal(this.#rest))
    this.#rest = ''
  }

  #conceal(text: string): string {
    return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text)
  }
}
