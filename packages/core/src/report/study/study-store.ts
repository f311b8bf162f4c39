import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../../errors/plugin-error.ts'
import type { StudyMeasurement } from './study-result.ts'

/** A file that is larger is not read: what it has is measured again. */
const LARGEST = 512 * 1024 * 1024

/** Where the measurements of studies are kept between runs. */
export function studiesFolder(output: string): string {
  return join(output, 'studies')
}

export interface StudyStoreOptions {
  /** Tells whether a line that was read is a measurement; `null`: what is there is not taken over. */
  readonly accepts: ((line: unknown) => boolean) | null
  readonly warn: (message: string) => void
}

/** A measurement that is wanted, as far as an earlier one can stand for it. */
export type WantedMeasurement = Pick<
  StudyMeasurement,
  'study' | 'point' | 'load' | 'fidelity' | 'round' | 'plan' | 'environment' | 'files'
>

/** Why a measurement is not taken over though the like of it is known. */
export interface Repetition {
  readonly why: string
  readonly count: number
}

/**
 * What earlier runs of a study have measured, one JSON object per line. Appended to after each measurement, so that a killed
 * run loses none; a torn last line is passed over.
 */
export class StudyStore {
  readonly #path: string
  readonly #options: StudyStoreOptions
  readonly #known = new Map<string, StudyMeasurement[]>()
  readonly #qualities = new Map<string, Required<Pick<StudyMeasurement, 'quality' | 'environment'>>>()
  readonly #reasons = new Map<string, number>()
  #needed: readonly string[] = []
  /** What serves in this run, as soon as something was measured. */
  #server: string | null = null
  /** How many were taken over, by what served them. */
  readonly #taken = new Map<string, number>()
  #reused = 0
  #broken = false

  constructor(folder: string, study: string, options: StudyStoreOptions) {
    this.#path = join(folder, `${study}.ndjson`)
    this.#options = options
    if (options.accepts !== null) this.#read(options.accepts)
  }

  get path(): string {
    return this.#path
  }

  /** What is taken over has to tell these metrics. */
  need(metrics: readonly string[]): void {
    this.#needed = metrics
  }

  /** How many were taken over. */
  get reused(): number {
    return this.#reused
  }

  get repetitions(): readonly Repetition[] {
    return [...this.#reasons].map(([why, count]) => ({ why, count }))
  }

  /**
   * The newest earlier measurement of the same thing on the same machine; each is given once.
   * @param again why it is measured again, although there may be one
   */
  take(wanted: WantedMeasurement, again: string | null = null): StudyMeasurement | null {
    const earlier = this.#known.get(keyOf(wanted))
    if (earlier === undefined) return null
    if (again !== null) {
      this.#repeat(again)
      return null
    }
    const index = earlier.findLastIndex((one) => this.#whyNot(one, wanted) === null)
    const [found] = index < 0 ? [] : earlier.splice(index, 1)
    if (found !== undefined) {
      this.#reused += 1
      this.#noteServer(found)
      return found
    }
    const last = earlier.at(-1)
    const why = last === undefined ? null : this.#whyNot(last, wanted)
    if (why !== null) this.#repeat(why)
    return null
  }

  /**
   * All measurements of a round, by one earlier run. A round compares what was measured in turns: parts of several are
   * none, so that all of it is measured again where one of them is.
   */
  takeRound(turns: readonly WantedMeasurement[]): readonly StudyMeasurement[] | null {
    const lists = turns.map((wanted) => this.#known.get(keyOf(wanted)) ?? [])
    const usable = lists.map((list, turn) =>
      list.filter((one) => this.#whyNot(one, turns[turn] as WantedMeasurement) === null),
    )
    const [first = [], ...others] = usable
    const run = first.findLast((one) =>
      others.every((list) => list.some((other) => other.run === one.run)),
    )?.run
    if (run !== undefined) {
      const found = usable.map((list) => list.findLast((one) => one.run === run) as StudyMeasurement)
      for (const [turn, list] of lists.entries())
        list.splice(list.indexOf(found[turn] as StudyMeasurement), 1)
      this.#reused += found.length
      for (const one of found) this.#noteServer(one)
      return found
    }
    for (const [turn, list] of lists.entries()) {
      const last = list.at(-1)
      if (last !== undefined)
        this.#repeat(
          this.#whyNot(last, turns[turn] as WantedMeasurement) ??
            'they are compared with others in rounds, and those are measured again',
        )
    }
    return null
  }

  /** What answers of the same kind on the same machine were worth. */
  quality(
    key: string,
    environment: StudyMeasurement['environment'],
  ): NonNullable<StudyMeasurement['quality']> | undefined {
    const known = this.#qualities.get(key)
    return known !== undefined && differenceOf(known.environment, environment) === null
      ? known.quality
      : undefined
  }

  add(measurement: StudyMeasurement): void {
    this.#server = measurement.server ?? this.#server
    try {
      mkdirSync(dirname(this.#path), { recursive: true })
      appendFileSync(this.#path, `${JSON.stringify(measurement)}\n`)
    } catch (error) {
      if (!this.#broken) this.#options.warn(`What is measured cannot be kept for later: ${messageOf(error)}`)
      this.#broken = true
    }
  }

  /** How many were taken over, and why others are measured again. */
  notes(): readonly string[] {
    const taken =
      this.#reused === 0
        ? []
        : [`${this.#reused} measurements of earlier runs were taken over from ${this.#path}.`]
    const others = [...this.#taken].filter(([server]) => this.#server !== null && server !== this.#server)
    return [
      ...taken,
      ...others.map(
        ([server, count]) =>
          `${count} of them are of ${server}, while the server is ${this.#server} now: --fresh measures them again.`,
      ),
      ...this.repetitions.map(({ why, count }) => `${count} measurements are made again: ${why}.`),
    ]
  }

  #noteServer({ server }: StudyMeasurement): void {
    if (server !== undefined) this.#taken.set(server, (this.#taken.get(server) ?? 0) + 1)
  }

  /** Also what serves now, as far as this run knows it. */
  #whyNot(earlier: StudyMeasurement, wanted: WantedMeasurement): string | null {
    const why = whyNot(earlier, wanted)
    if (why !== null) return why
    const missing = this.#needed.find((metric) => lacks(earlier, metric))
    if (missing !== undefined) return `the earlier ones do not tell ${missing}`
    if (this.#server === null || earlier.server === undefined || earlier.server === this.#server) return null
    return `the earlier ones are of ${earlier.server}, now it is ${this.#server}`
  }

  #repeat(why: string): void {
    this.#reasons.set(why, (this.#reasons.get(why) ?? 0) + 1)
  }

  #read(accepts: (line: unknown) => boolean): void {
    let text: string
    try {
      if (statSync(this.#path).size > LARGEST) {
        this.#options.warn(`${this.#path} is too large to be read: all is measured again.`)
        return
      }
      text = readFileSync(this.#path, 'utf8')
    } catch {
      return
    }
    let damaged = 0
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      if (line === '') continue
      const measurement = parse(line)
      if (measurement === null || !accepts(measurement)) {
        if (index < lines.length - 1) damaged += 1
        continue
      }
      const known = measurement as StudyMeasurement
      const { quality, environment } = known
      if (quality !== undefined) this.#qualities.set(quality.key, { quality, environment })
      const list = this.#known.get(keyOf(known))
      if (list === undefined) this.#known.set(keyOf(known), [known])
      else list.push(known)
    }
    if (damaged > 0) this.#options.warn(`${damaged} lines of ${this.#path} are damaged and were left out.`)
  }
}

/** How one machine is another one; `null` when they are alike. */
function differenceOf(
  earlier: StudyMeasurement['environment'],
  wanted: StudyMeasurement['environment'],
): string | null {
  for (const [what, value] of Object.entries(wanted)) {
    if (earlier[what] !== value)
      return `the earlier ones have ${what} ${earlier[what] ?? 'unknown'}, now it is ${value}`
  }
  return null
}

/**
 * Whether a metric was not asked for when this was measured: percentiles and gauges beyond the usual ones are kept for those
 * who aim at them. What did not answer tells none, and qualities are known apart.
 */
function lacks({ metrics }: StudyMeasurement, metric: string): boolean {
  return (metrics['completed'] ?? 0) > 0 && metric !== 'quality' && !Object.hasOwn(metrics, metric)
}

/** Why an earlier measurement cannot stand for the one that is wanted; `null` when it can. */
function whyNot(earlier: StudyMeasurement, wanted: WantedMeasurement): string | null {
  if (earlier.plan !== wanted.plan) return 'the options of the study are others'
  for (const [path, digest] of Object.entries(wanted.files ?? {})) {
    const before = earlier.files?.[path]
    if (before === undefined) return `what ${path} held for the earlier ones is not known`
    if (before !== digest) return `${path} has another content`
  }
  const other = differenceOf(earlier.environment, wanted.environment)
  if (other !== null) return other
  if (earlier.state !== 'completed' && earlier.state !== 'failed') return 'the earlier ones were interrupted'
  if (earlier.validity === 'invalid') return 'the earlier ones are invalid'
  return null
}

/** Rounds that compare leaders are other measurements than those that look at one configuration. */
function keyOf({ study, point, load, fidelity, round }: WantedMeasurement): string {
  return JSON.stringify([study, point, load, fidelity, round])
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
