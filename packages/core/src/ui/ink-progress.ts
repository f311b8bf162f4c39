import { render, type Instance } from 'ink'
import pc from 'picocolors'
import { createElement, type ReactElement } from 'react'
import type { Snapshot } from '../hooks/contexts.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { printable, printableLines } from '../report/printable.ts'
import type { Trial } from '../report/result.ts'
import { LiveHistory } from './live-history.ts'
import { addDrawing, removeDrawing } from './open-drawings.ts'
import { PlainProgress, summaryParts } from './plain-progress.ts'
import type { Progress } from './progress.ts'
import { RunView, type Line } from './run-view.tsx'
import { Screen, type CapturedStream, type Terminal } from './screen.ts'
import { trialTitle } from './trial-title.ts'

const FRAMES_PER_SECOND = 5
const LONGEST_LINE = 10_000

export interface InkProgressOptions {
  /** Standard error by default, so that standard output holds only what was asked for. */
  readonly terminal?: Terminal
  /** Whose output is shown above the drawing while it lasts; both standard streams by default. */
  readonly captured?: readonly CapturedStream[]
  readonly colors?: boolean
  /** A line about keys, below everything. */
  readonly hint?: string | null
}

/**
 * Draws a run on a terminal: finished trials and messages scroll away, what happens now stays below them. Nothing is
 * drawn more often than five times a second, as every drawing takes milliseconds of the main thread.
 */
export class InkProgress implements Progress {
  readonly #colors: boolean
  readonly #hint: string | null
  readonly #screen: Screen
  readonly #ink: Instance
  /** For messages after the drawing has ended. */
  readonly #plain: PlainProgress
  readonly #history = new LiveHistory()
  #lines: readonly Line[] = []
  #snapshot: Snapshot | null = null
  #study: StudyProgress | null = null
  #finished = 0
  #isOpen = true
  #timer: NodeJS.Timeout | null = null
  #drawnAt = -Infinity

  constructor(options: InkProgressOptions = {}) {
    const { terminal = process.stderr, captured = [process.stdout, process.stderr] } = options
    this.#colors = options.colors ?? pc.isColorSupported
    this.#hint = options.hint ?? null
    this.#plain = new PlainProgress((text) => void terminal.write(text))
    this.#screen = new Screen(terminal, captured as readonly CapturedStream[], (line) =>
      this.#addForeign(line),
    )
    // Before Ink draws what there is in the new width.
    this.#screen.on('resize', () => this.#drawNow())
    const stream = this.#screen as unknown as NodeJS.WriteStream
    this.#ink = render(this.#view(), {
      stdout: stream,
      stderr: stream,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
      maxFps: FRAMES_PER_SECOND,
    })
    addDrawing(this)
    this.#ink.waitUntilExit().catch((error: unknown) => this.#fail(error))
  }

  info(message: string): void {
    if (!this.#isOpen) this.#plain.info(message)
    else this.#add(...printableLines(message))
  }

  warn(message: string): void {
    if (!this.#isOpen) {
      this.#plain.warn(message)
      return
    }
    const [first = '', ...rest] = printableLines(message)
    this.#add(`${pc.yellow('!')} ${first}`, ...rest)
  }

  snapshot(snapshot: Snapshot): void {
    if (!this.#isOpen) return
    this.#snapshot = snapshot
    if (snapshot.trial !== null) this.#history.add(snapshot.trial)
    this.#draw()
  }

  study(progress: StudyProgress): void {
    if (!this.#isOpen) return
    this.#study = progress.state === 'running' ? progress : null
    this.#draw()
  }

  trialDone(trial: Trial): void {
    if (!this.#isOpen) {
      this.#plain.trialDone(trial)
      return
    }
    this.#finished += 1
    const number = `${this.#finished}/${Math.max(this.#finished, this.#snapshot?.run.trialsTotal ?? 0)}`
    this.#add(`${pc.dim(number)} ${trialTitle(trial)}`, summaryParts(trial))
  }

  stopping(): void {
    if (!this.#isOpen) {
      this.#plain.stopping()
      return
    }
    this.#lines = [
      ...this.#lines,
      pc.yellow('stopping… what was measured will be reported; Ctrl-C again leaves at once'),
    ]
    this.#drawNow()
  }

  async close(): Promise<void> {
    this.restore()
  }

  restore(): void {
    if (!this.#isOpen) return
    this.#end()
    this.#ink.rerender(this.#view())
    this.#ink.unmount()
    this.#screen.release((line) => this.#plain.info(line))
  }

  #end(): void {
    removeDrawing(this)
    this.#isOpen = false
    this.#snapshot = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** A defect of the display must not end a measurement. */
  #fail(error: unknown): void {
    if (!this.#isOpen) return
    this.#end()
    this.#screen.release((line) => this.#plain.info(line))
    this.#plain.warn(`The progress display failed: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** What is as long as a file is not for the screen: whoever takes it from there wants it unbroken. */
  #addForeign(line: string): void {
    if (line.length > LONGEST_LINE) this.restore()
    if (this.#isOpen) this.#add(printable(line))
    else this.#plain.info(line)
  }

  #add(...lines: readonly Line[]): void {
    this.#lines = [...this.#lines, ...lines]
    this.#draw()
  }

  #draw(): void {
    if (this.#timer !== null) return
    const wait = this.#drawnAt + 1000 / FRAMES_PER_SECOND - performance.now()
    if (wait <= 0) this.#drawNow()
    else this.#timer = setTimeout(() => this.#drawNow(), wait)
  }

  #drawNow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#drawnAt = performance.now()
    this.#ink.rerender(this.#view())
  }

  #view(): ReactElement {
    return createElement(RunView, {
      lines: this.#lines,
      snapshot: this.#snapshot,
      study: this.#study,
      throughput: this.#history.throughput,
      p99: this.#history.p99,
      now: performance.now(),
      hint: this.#hint,
      colors: this.#colors,
      columns: this.#screen.columns,
      rows: this.#screen.rows,
    })
  }
}
