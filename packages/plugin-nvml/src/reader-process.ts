import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ReaderAnswer, ReadRequest } from './reader-protocol.ts'

/** A process that sits in the driver does not end by itself. */
const END_MS = 500
const MOST_ERROR_CHARACTERS = 500

/** A child process that answers in lines of JSON. */
export class ReaderProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #answers: ReaderAnswer[] = []
  readonly #exited: Promise<void>
  #waiting: PromiseWithResolvers<ReaderAnswer> | null = null
  #end: Error | null = null
  #errors = ''

  constructor(program: string, args: readonly string[]) {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    this.#child = child
    // Writing to a process that has ended is told by its exit.
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-MOST_ERROR_CHARACTERS)
    })
    createInterface(child.stdout).on('line', (line) => this.#receive(line))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise
    child.once('error', (error) => {
      this.#fail(`the process that reads the GPUs cannot be started: ${error.message}`)
      resolve()
    })
    child.once('close', (code, signal) => {
      const last = this.#errors.trim().split('\n').at(-1) ?? ''
      this.#fail(
        `the process that reads the GPUs ended by ${signal ?? `exit code ${code}`}${last === '' ? '' : `: ${last}`}`,
      )
      resolve()
    })
  }

  ask(request: ReadRequest): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
  }

  /** The next answer. @throws {Error} when there will be none */
  async next(): Promise<ReaderAnswer> {
    const answer = this.#answers.shift()
    if (answer !== undefined) return answer
    if (this.#end !== null) throw this.#end
    this.#waiting = Promise.withResolvers()
    return await this.#waiting.promise
  }

  /** Done when the process is gone. */
  async end(): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #receive(line: string): void {
    let answer: ReaderAnswer
    try {
      answer = JSON.parse(line) as ReaderAnswer
    } catch {
      // The driver's library prints now and then.
      return
    }
    if (answer.type === 'failed') this.#fail(answer.message)
    else if (this.#waiting === null) this.#answers.push(answer)
    else {
      this.#waiting.resolve(answer)
      this.#waiting = null
    }
  }

  #fail(message: string): void {
    this.#end ??= new Error(message)
    this.#waiting?.reject(this.#end)
    this.#waiting = null
  }
}
