import { createHash, type Hash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pc from 'picocolors'
import { ArrivalStatistics, type ArrivalSummary } from '../../arrival/arrival-statistics.ts'
import type { LoadPlan } from '../../arrival/load-plan.ts'
import { controlOf } from '../../arrival/load-rates.ts'
import { plannedArrivals } from '../../engine/planned-arrivals.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import type { TrialPlan } from '../../plan/trial-plan.ts'
import { drawArrivals } from '../../report/arrival-picture.ts'
import { removeQuietly, writeFileAtomically } from '../../report/atomic-file.ts'
import { fullName } from '../../report/case-name.ts'
import { describeLoad } from '../../report/describe-load.ts'
import { printable } from '../../report/printable.ts'
import { formatCount, formatNanos, formatNumber, formatRate } from '../../report/quantity.ts'
import { RunTraces } from '../../runner/run-traces.ts'
import { ArrivalFileWriter, InstantFacts } from '../../trace/arrival-file.ts'
import { ArrivalTextWriter } from '../../trace/arrival-text.ts'
import { openTraceAtOnce } from '../../trace/open-trace.ts'
import type { StoredTrace } from '../../trace/trace-store.ts'
import type { Nanos } from '../../units/nanos.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import { sparkline } from '../../report/sparkline.ts'
import { createPlanner, openProject } from '../project.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'

export interface ArrivalsOptions extends RunOptionValues {
  readonly out?: string
  readonly plot?: string
  readonly stream?: string
}

/** Of a picture, and of the line in the terminal. */
const PICTURE_BINS = 240
const LINE_BINS = 60
const BLOCK = 65_536

/** `servebench arrivals [files...]`: what is due when, without sending anything. */
export async function arrivalsCommand(files: readonly string[], options: ArrivalsOptions): Promise<number> {
  const log = new PlainProgress()
  const project = await openProject({
    ...askedProject(files, options),
    log,
    plugins: false,
  })
  await using planner = createPlanner(project, () => {})
  const folder = mkdtempSync(join(tmpdir(), 'servebench-arrivals-'))
  using traces = new RunTraces(project.config.root, join(folder, 'traces'), log)
  const stop = new AbortController().signal
  try {
    const wanted = selectLoads(planner.known.trials, options)
    if (options.out !== undefined || options.plot !== undefined) requireOne(wanted)
    const planned: PlannedLoad[] = []
    for (const { trial, stream } of wanted) {
      const complete = await traces.complete(trial, stop)
      planned.push(planLoad(complete, stream, await traces.of(complete, stop), options.out))
    }
    const [only] = planned
    if (options.plot !== undefined && only !== undefined)
      writeFileAtomically(resolve(options.plot), pictureOf(only))
    process.stdout.write(options.json ? `${JSON.stringify(planned.map(jsonOf), null, 2)}\n` : textOf(planned))
    return ExitCode.ok
  } finally {
    removeQuietly(folder)
  }
}

interface WantedLoad {
  readonly trial: TrialPlan
  readonly stream: string
}

function selectLoads(trials: readonly TrialPlan[], { stream }: ArrivalsOptions): readonly WantedLoad[] {
  const found = trials.flatMap((trial) =>
    Object.entries(trial.streams)
      .filter(([name, { load }]) => (stream === undefined || name === stream) && hasArrivals(load))
      .map(([name]) => ({ trial, stream: name })),
  )
  if (found.length > 0) return found
  throw new ServebenchError('SERVEBENCH_ARRIVALS', 'None of these cases has an open load.', {
    advice:
      'In a closed loop the next request waits for an answer, and a load that follows a gauge goes where that leads: nothing can be said about them beforehand.',
  })
}

function hasArrivals(load: LoadPlan): boolean {
  return load.loop === 'stages'
    ? load.stages.some((stage) => stage.load.loop === 'open')
    : load.loop === 'open' && controlOf(load) === null
}

function requireOne(wanted: readonly WantedLoad[]): void {
  if (wanted.length === 1) return
  const names = wanted
    .slice(0, 5)
    .map(({ trial, stream }) => `${fullName(trial)} (${stream}, repeat ${trial.repeat + 1})`)
  throw new ServebenchError(
    'SERVEBENCH_ARRIVALS',
    `There are ${wanted.length} plans: ${names.join('; ')}${wanted.length > names.length ? '; …' : ''}.`,
    { advice: 'Choose one for --out and --plot: -t <name>, --stream <name>, --repeats 1.' },
  )
}

interface PlannedLoad {
  readonly trial: TrialPlan
  readonly stream: string
  readonly load: LoadPlan
  readonly duration: Nanos
  readonly summary: ArrivalSummary
  /** SHA-256 of the instants as little-endian doubles. */
  readonly sha256: string
}

function planLoad(
  trial: TrialPlan,
  stream: string,
  traces: readonly StoredTrace[],
  out: string | undefined,
): PlannedLoad {
  const { settings } = trial
  const { load } = trial.streams[stream] as TrialPlan['streams'][string]
  if (settings.duration === null || !('duration' in settings.warmup)) {
    throw new ServebenchError(
      'SERVEBENCH_ARRIVALS',
      `When the measurement of ${fullName(trial)} begins or ends depends on the server.`,
      { advice: 'Give times: --warmup 2s --duration 10s.' },
    )
  }
  const { duration } = settings
  const statistics = new ArrivalStatistics(duration, PICTURE_BINS)
  const instants = plannedArrivals({
    load,
    seed: { seed: trial.seed, path: trial.path, repeat: trial.repeat, stream },
    measureFrom: settings.warmup.duration,
    duration,
    openTrace: openTraceAtOnce(traces.map(({ reference }) => reference)),
  })
  const sha256 =
    out === undefined
      ? hashed(instants, statistics)
      : saved(instants, statistics, resolve(out), fullName(trial), duration)
  return { trial, stream, load, duration, summary: statistics.summary, sha256 }
}

function hashed(instants: Iterable<Nanos>, statistics: ArrivalStatistics): string {
  const hash: Hash = createHash('sha256')
  const block = new Float64Array(BLOCK)
  let used = 0
  for (const instant of instants) {
    statistics.add(instant)
    block[used++] = instant
    if (used < BLOCK) continue
    hash.update(block)
    used = 0
  }
  return hash.update(block.subarray(0, used)).digest('hex')
}

function saved(
  instants: Iterable<Nanos>,
  statistics: ArrivalStatistics,
  path: string,
  made: string,
  duration: Nanos,
): string {
  const facts = new InstantFacts()
  if (/\.(csv|txt)$/i.test(path)) {
    using text = new ArrivalTextWriter(path)
    const sha256 = hashed(
      watched(instants, (instant) => text.add(instant)),
      statistics,
    )
    text.finish()
    return sha256
  }
  using writer = new ArrivalFileWriter(path)
  for (const instant of instants) {
    statistics.add(instant)
    facts.add(instant)
    writer.add(instant)
  }
  return writer.finish({ kind: 'instants', ...facts.facts, length: duration, made: made.slice(0, 1000) })
    .sha256
}

function* watched(instants: Iterable<Nanos>, see: (instant: Nanos) => void): Generator<Nanos> {
  for (const instant of instants) {
    see(instant)
    yield instant
  }
}

function titleOf({ load }: PlannedLoad): string {
  return describeLoad(load)
}

function factsOf({ summary, duration }: PlannedLoad): string {
  const { count, meanRate, gapCv, dispersion, peak } = summary
  return [
    `${formatCount(count)} arrivals in ${formatNanos(duration)}`,
    `${formatRate(meanRate)} on average`,
    `at most ${formatCount(peak)} in a second`,
    ...(gapCv === null ? [] : [`CV of gaps ${formatNumber(gapCv)}`]),
    ...(dispersion === null ? [] : [`dispersion ${formatNumber(dispersion)}`]),
  ].join(' · ')
}

function pictureOf(planned: PlannedLoad): string {
  const { duration, summary } = planned
  const bins = summary.count < 4 * PICTURE_BINS ? merged(summary.bins, LINE_BINS) : summary.bins
  return drawArrivals({ title: titleOf(planned), subtitle: factsOf(planned), duration, bins })
}

function textOf(planned: readonly PlannedLoad[]): string {
  const lines = planned.flatMap((one) => {
    const { trial, stream, summary, sha256 } = one
    const name = [
      printable(fullName(trial)),
      ...(Object.keys(trial.streams).length > 1 ? [stream] : []),
      ...(trial.repeat > 0 ? [`repeat ${trial.repeat + 1}`] : []),
    ]
    return [
      pc.bold(name.join(pc.dim(' · '))),
      `  ${titleOf(one)}`,
      `  ${factsOf(one)}`,
      `  ${sparkline(merged(summary.bins, LINE_BINS), LINE_BINS)}`,
      pc.dim(`  sha256 ${sha256}`),
      '',
    ]
  })
  const [first] = planned
  return `${lines.join('\n')}${pc.dim(`seed ${first?.trial.seed ?? ''}`)}\n`
}

function merged(bins: readonly number[], count: number): readonly number[] {
  const size = bins.length / count
  return Array.from({ length: count }, (_, index) =>
    bins.slice(index * size, (index + 1) * size).reduce((sum, value) => sum + value, 0),
  )
}

function jsonOf({ trial, stream, load, duration, summary, sha256 }: PlannedLoad): object {
  return {
    file: trial.file,
    path: trial.path,
    case: trial.case,
    repeat: trial.repeat,
    seed: trial.seed,
    stream,
    load,
    duration,
    ...summary,
    sha256,
  }
}
