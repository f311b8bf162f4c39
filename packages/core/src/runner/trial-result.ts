import { basename, posix } from 'node:path'
import type { AideOutcome } from '../aide/protocol.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { judgeStreams } from '../report/judge-slo.ts'
import type {
  EngineReport,
  RequestCosts,
  SamplerReport,
  SloResult,
  Trial,
  TrialError,
  VerdictReason,
} from '../report/result.ts'
import { shareEvents } from '../report/share-changes.ts'
import { COARSE_LAYOUT } from '../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { SECOND } from '../units/nanos.ts'
import { reportColdStart } from './cold-start-report.ts'
import type { AcquiredServer } from './server-host.ts'
import { reportServer } from './server-report.ts'
import type { TrialMeasurement } from './trial-runner.ts'
import { openPercentiles } from './slo-percentiles.ts'
import { certificateNotes } from './certificate-notes.ts'
import { complianceOf } from './compliance.ts'
import { controlNotes } from './control-report.ts'
import { gaugeSeries } from './gauge-series.ts'
import { payloadNotes, type SentPayloads } from './payload-notes.ts'
import { idleBatchNotes, type BatchingByStream } from './idle-batches.ts'
import { pipelineNotes } from './pipeline-notes.ts'
import { replayNotes, replayReports } from './replay-report.ts'
import { settingNotes } from './setting-notes.ts'
import { measureEfficiency } from './efficiency.ts'
import type { TrialStatics } from './static-metrics.ts'
import { analyseSteadyState } from './steady-state.ts'
import type { Tariffs } from './tariffs.ts'
import { judgeValidity } from './verdict.ts'

export interface TrialResultParts {
  readonly plan: TrialPlan
  readonly planHash: string
  readonly measurement: TrialMeasurement
  readonly server: AcquiredServer | null
  /** How the models batch that closed loops ask for. */
  readonly batching: BatchingByStream
  /** What is known of the models. */
  readonly statics: TrialStatics
  /** Of a cold start: what a start without a model took, where that was tried apart. */
  readonly systemStart?: number | null
  readonly recordsPath: string | null
  readonly samplesPath: string | null
  /** What happened while the trial ran. */
  readonly events: Trial['events']
  /** Why the trial counts as failed although it measured: its server crashed. */
  readonly failure: TrialError | null
  readonly notes: readonly VerdictReason[]
  readonly agreement: Trial['agreement'] | undefined
  readonly quality: Trial['quality'] | undefined
  readonly tariffs: Tariffs
}

/** Puts the result of a measured trial together. */
export function trialResult(parts: TrialResultParts): Trial {
  const { plan, measurement } = parts
  const { outcome, phases, reports } = measurement
  const { total, streams } = outcome
  const engine = engineReport(measurement)
  const server =
    parts.server === null
      ? null
      : reportServer(
          parts.server.server,
          plan.server,
          parts.server.effective,
          measurement.statistics.before,
          measurement.statistics.after,
          parts.batching,
        )
  const plans = Object.values(plan.streams)
  const interrupted = measurement.timeline.stopped
  const steady = analyseSteadyState({
    settings: plan.settings,
    loads: plans.map((stream) => stream.load),
    windows: outcome.windows,
    phases,
    decision: measurement.timeline.warmup,
    gauges: gaugeSeries(outcome.windows, outcome.gauges),
  })
  const compliance = complianceOf({
    loads: plans.map((stream) => stream.load),
    metrics: total,
    certificate: outcome.certificate,
    duration: phases.measureUntil - phases.measureFrom,
  })
  const efficiency = measureEfficiency({
    settings: plan.settings,
    metrics: total,
    duration: (phases.measureUntil - phases.measureFrom) / SECOND,
    outcome,
    tariffs: parts.tariffs,
  })
  const verdict = judgeValidity({
    metrics: total,
    engine,
    gates: plan.settings.gates,
    loads: plans.map((stream) => stream.load),
    windows: outcome.windows,
    sloPercentiles: openPercentiles(plan, outcome.certificate, total),
    interrupted,
    steadiness: steady.reasons,
    notes: [
      ...failureNotes(parts.failure),
      ...certificateNotes(outcome.certificate, compliance),
      ...parts.notes,
      ...parts.statics.notes,
      ...measurement.notes,
      ...(server?.notes ?? []),
      ...settingNotes(parts.server?.differences ?? []),
      ...idleBatchNotes(plan, parts.batching, streams, server?.report ?? null),
      ...checkNotes(measurement),
      ...exhaustionNotes(measurement),
      ...silenceNotes(measurement),
      ...sessionNotes(measurement),
      ...pipelineNotes(streams),
      ...replayNotes(measurement),
      ...payloadNotes(sentPayloads(measurement), measurement.statistics),
      ...samplerNotes(measurement),
      ...efficiency.notes,
      ...(measurement.control === null ? [] : controlNotes(measurement.control)),
    ],
  })
  const gauges = { ...outcome.gauges, ...efficiency.gauges }
  const replays = replayReports(measurement)
  const sessions = reports.flatMap((report) => report.sessions)
  const sum = (value: (session: (typeof sessions)[number]) => number): number =>
    sessions.reduce((all, session) => all + value(session), 0)
  const opened = sum((session) => session.connectionsOpened)
  return {
    id: plan.id,
    caseId: plan.caseId,
    file: plan.file,
    path: plan.path,
    case: plan.case,
    repeat: plan.repeat,
    role: plan.role,
    tags: plan.tags,
    state: parts.failure !== null ? 'failed' : interrupted ? 'interrupted' : 'completed',
    error: parts.failure,
    startedAt: measurement.startedAt.toISOString(),
    seed: plan.seed,
    plan,
    planHash: parts.planHash,
    phases: {
      warmup: { from: 0, until: phases.measureFrom },
      measurement: { from: phases.measureFrom, until: phases.measureUntil },
      drain: { from: phases.measureUntil, until: Math.max(phases.measureUntil, phases.drainedAt) },
    },
    engine,
    workers: measurement.workers,
    connections: {
      count: measurement.connections.reduce((all, { count }) => all + count, 0),
      opened,
      failed: sum((session) => session.connectionsFailed),
      closed: sum((session) => session.connectionsClosed),
      connectMean: opened === 0 ? null : sum((session) => session.connectNanos) / opened,
      handshakeMean:
        opened === 0 || sum((session) => session.handshakeNanos) === 0
          ? null
          : sum((session) => session.handshakeNanos) / opened,
    },
    payloads: {
      count: measurement.rings.reduce((all, ring) => all + ring.entries.length, 0),
      distinct: measurement.rings.reduce((all, ring) => all + ring.distinct, 0),
      bytes: measurement.rings.reduce((all, ring) => all + ring.buffer.byteLength, 0),
      ...datasetReports(measurement),
    },
    perRequest: requestCosts(measurement),
    ...total,
    streams,
    verdict,
    slo: judgeSlo(plan, measurement, gauges),
    server: server?.report ?? null,
    ...(measurement.attached.length === 0 ? {} : { attached: measurement.attached }),
    gauges,
    windows: outcome.windows,
    events: [
      ...parts.events,
      ...shareEvents(plan, { from: phases.measureFrom, until: phases.measureUntil }),
    ].sort((a, b) => a.at - b.at),
    ...(outcome.bursts.length === 0 ? {} : { bursts: outcome.bursts }),
    ...(measurement.control === null ? {} : { control: measurement.control }),
    ...(plan.coldStart === undefined || outcome.first === undefined
      ? {}
      : {
          coldStart: reportColdStart({
            plan: plan.coldStart,
            server: parts.server,
            system: parts.systemStart ?? null,
            answers: outcome.first,
            origin: measurement.origin,
          }),
        }),
    ...(parts.agreement === undefined ? {} : { agreement: parts.agreement }),
    ...(parts.quality === undefined ? {} : { quality: parts.quality }),
    energy: efficiency.energy,
    cost: efficiency.cost,
    static: parts.statics.reports,
    steadyState: steady.report,
    certificate: outcome.certificate,
    compliance,
    records:
      outcome.records === null || parts.recordsPath === null
        ? null
        : { path: parts.recordsPath, rows: outcome.records.rows, complete: outcome.records.complete },
    ...(outcome.samplers.length === 0
      ? {}
      : {
          samplers: outcome.samplers.map((report) => withFiles(report, parts.samplesPath)),
          samples: samplesFile(outcome, parts.samplesPath),
        }),
    ...(replays.length === 0 ? {} : { replays }),
  }
}

function sentPayloads({ streams, rings, outcome }: TrialMeasurement): readonly SentPayloads[] {
  return rings.map((ring, index) => {
    const { name, session } = streams[index] as TrialMeasurement['streams'][number]
    return { ring, caches: session.caches === true, sent: outcome.streams[name]?.counts.sent ?? 0 }
  })
}

function datasetReports({ rings }: TrialMeasurement): Pick<Trial['payloads'], 'datasets'> {
  const datasets = rings.flatMap((ring) => ring.datasets ?? [])
  return datasets.length === 0 ? {} : { datasets }
}

function samplesFile({ samples }: AideOutcome, path: string | null): Trial['records'] {
  return samples === null || path === null ? null : { path, rows: samples.rows, complete: samples.complete }
}

/** Files lie beside the readings. */
function withFiles(report: SamplerReport, samplesPath: string | null): SamplerReport {
  const { files } = report
  if (files === undefined || samplesPath === null) return report
  return { ...report, files: files.map((path) => posix.join(posix.dirname(samplesPath), basename(path))) }
}

function engineReport(measurement: TrialMeasurement): EngineReport {
  const { reports, phases, outcome, host, clockDrift } = measurement
  const length = phases.measureUntil - phases.measureFrom
  const shares = reports.flatMap((report) =>
    report.cpu === null || !(length > 0) ? [] : [report.cpu / length],
  )
  const turns = new LogLinearHistogram(COARSE_LAYOUT)
  for (const report of reports) turns.add(new LogLinearHistogram(COARSE_LAYOUT, report.turns))
  const live = reports.reduce((sum, report) => sum + report.inFlight.area, 0)
  return {
    // A pipeline's session names those of all its steps.
    name: [
      ...new Set(
        reports.flatMap((report) => report.sessions.flatMap((session) => session.engine.split('+'))),
      ),
    ].join('+'),
    scheduler: reports[0]?.scheduler ?? '',
    cpu: shares.length === 0 ? null : Math.max(...shares),
    turn: { p50: turns.percentile(50), p99: turns.percentile(99), max: turns.max },
    gc: {
      count: reports.reduce((sum, report) => sum + report.gc.count, 0),
      total: reports.reduce((sum, report) => sum + report.gc.total, 0),
    },
    foreignCpu: host.foreign,
    stealCpu: host.steal,
    clockDrift,
    accounting: outcome.overlap > 0 ? Math.abs(live - outcome.overlap) / outcome.overlap : null,
  }
}

/** What a request takes, as far as it is known: a part that one thread does not know is known of none. */
function requestCosts({ reports, phases, outcome, host, rings }: TrialMeasurement): RequestCosts {
  const seconds = (phases.measureUntil - phases.measureFrom) / SECOND
  // The load threads count all of it at one instant each, so that it fits together on a busy machine, too.
  const served = sumOf(reports.map(({ work }) => work?.completed ?? null))
  const times = rings.flatMap(({ encodeTime }) => encodeTime ?? [])
  return {
    bytesOut: quotient(sumOf(reports.map(({ work }) => work?.bytesOut ?? null)), served),
    bytesIn: quotient(sumOf(reports.map(({ work }) => work?.bytesIn ?? null)), served),
    encodeTime: quotient(sumOf(times), times.length),
    clientCpu: quotient(sumOf(reports.map(({ cpu }) => cpu)), served),
    serverCpu: quotient(host.server, (outcome.total.throughput ?? 0) * seconds),
  }
}

function sumOf(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0)
}

function quotient(sum: number | null, count: number | null): number | null {
  return sum === null || count === null || count === 0 ? null : sum / count
}

function judgeSlo(plan: TrialPlan, { outcome }: TrialMeasurement, gauges: Trial['gauges']): SloResult | null {
  const streams = Object.entries(plan.streams)
  const judged = streams.flatMap(([name, { slo }]) => {
    const metrics = outcome.streams[name]
    return slo === null || metrics === undefined ? [] : [{ name, slo, metrics, parts: [metrics] }]
  })
  return judgeStreams(judged, streams.length > 1, gauges, [outcome.certificate])
}

function failureNotes(failure: TrialError | null): VerdictReason[] {
  return failure === null
    ? []
    : [{ code: 'failed', severity: 'invalid', message: failure.message, advice: failure.advice }]
}

function exhaustionNotes({ outcome }: TrialMeasurement): VerdictReason[] {
  const count = outcome.total.failures['exhausted'] ?? 0
  return count === 0
    ? []
    : [
        {
          code: 'exhausted',
          severity: 'suspect',
          message: `This machine had no file descriptor or local port left for ${count} requests: they failed here, not at the target.`,
          advice: 'Raise the limit (ulimit -n 65536), or limit the connections.',
        },
      ]
}

/** What a port looks like that speaks another protocol, TLS most often. */
function silenceNotes({ outcome }: TrialMeasurement): VerdictReason[] {
  const { counts, failures } = outcome.total
  const closed =
    (failures['closed-early'] ?? 0) + (failures['reset'] ?? 0) + (failures['stale-connection'] ?? 0)
  if (closed === 0 || counts.completed > 0 || closed < counts.failed) return []
  return [
    {
      code: 'no-answers',
      severity: 'note',
      message: 'Connections were closed before any answer came.',
      advice: 'Check that this port speaks the protocol of the target, and whether it wants TLS (https://).',
    },
  ]
}

function checkNotes({ outcome }: TrialMeasurement): VerdictReason[] {
  const notes: VerdictReason[] = []
  if (outcome.checkErrors.length > 0) {
    notes.push({
      code: 'check-threw',
      severity: 'note',
      message: `\`check\` threw, and such answers count as incorrect: ${outcome.checkErrors[0]}`,
      advice: 'Let `check` return false for a wrong answer, and make sure that it can read every answer.',
    })
  }
  const { checked, completed } = outcome.total.counts
  if (checked > 0 && checked < completed) {
    notes.push({
      code: 'partly-checked',
      severity: 'note',
      message: `${checked} of ${completed} answers were checked: goodput is an estimate.`,
      advice: 'Use a cheaper `check`, or `expect`, which is done on the load thread.',
    })
  }
  if (outcome.samples?.problem) {
    notes.push({ code: 'samples', severity: 'note', message: outcome.samples.problem, advice: null })
  }
  if (outcome.records?.problem) {
    notes.push({ code: 'records', severity: 'note', message: outcome.records.problem, advice: null })
  }
  return notes
}

/** Gauges that are missing, or end early, without anything else being wrong. */
function samplerNotes({ outcome }: TrialMeasurement): VerdictReason[] {
  const failed = outcome.samplers.filter(({ problem }) => problem !== null)
  return failed.map(({ kind, problem }, index) => ({
    code: index === 0 ? 'sampler' : `sampler-${index + 1}`,
    severity: 'note',
    message: `The sampler '${kind}' was switched off: ${problem}.`,
    advice: null,
  }))
}

/** What sessions have noticed about their target, once each. */
function sessionNotes({ reports }: TrialMeasurement): VerdictReason[] {
  const notes = new Set(
    reports.flatMap((report) => report.sessions.flatMap((session) => session.notes ?? [])),
  )
  return [...notes].map((message, index) => ({
    code: index === 0 ? 'session' : `session-${index + 1}`,
    severity: 'note',
    message,
    advice: null,
  }))
}
