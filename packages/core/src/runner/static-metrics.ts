import { statSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import { matchDevice, type FoundDevice } from '../hardware/match-device.ts'
import { loadPeaks, type DevicePeaks, type PeaksFile } from '../hardware/peaks.ts'
import { intensityOf } from '../hardware/roofline.ts'
import type { RunningServer } from '../hooks/server.ts'
import { measureModel, type ModelMetrics } from '../model/measure/measure-model.ts'
import { readModel } from '../model/read-model.ts'
import { pipelineSteps, targetsOf } from '../plan/pipeline-plan.ts'
import type { StreamPlan, TargetPlan, TrialPlan } from '../plan/trial-plan.ts'
import { devicesOf } from '../report/find-devices.ts'
import { boundOn, intensitiesOf, mainType, workOf } from '../report/model-report.ts'
import type { Environment, VerdictReason } from '../report/result.ts'
import type { StaticReport } from '../report/static-report.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { isLocalTarget } from './local-servers.ts'
import { modelOf, servedModels } from './served-models.ts'

export interface StaticMetricsOptions {
  readonly root: string
  /** The user's peaks file. */
  readonly peaks: string | null
  /** Peaks of plugins. */
  readonly addedPeaks?: () => Promise<readonly DevicePeaks[]>
  readonly artifacts: Pick<ArtifactStore, 'build'>
  readonly environment: Pick<Environment, 'cpu' | 'accelerators'>
}

export interface TrialStatics {
  /** By stream; `null` where nothing is known of any. */
  readonly reports: Readonly<Record<string, StaticReport>> | null
  readonly notes: readonly VerdictReason[]
}

interface Part {
  /** Of the stream; of a step of a pipeline, behind it: `main/detect`. */
  readonly name: string
  readonly target: TargetPlan
  readonly given: Given
}

/** The models of a stream: one, or one for each step of a pipeline of which nothing is said as a whole. */
function partsOf([name, { target, static: given = {} }]: [string, StreamPlan]): readonly Part[] {
  const steps = pipelineSteps(target)
  // Replicas serve the same model.
  if (steps === null) return [{ name, target: targetsOf(target)[0] ?? target, given }]
  if (Object.keys(given).length > 0) return [{ name, target, given }]
  return steps.flatMap((step) =>
    step.target === undefined ? [] : [{ name: `${name}/${step.name}`, target: step.target, given }],
  )
}

interface Measured {
  readonly format: string
  readonly bytes: number
  readonly metrics: ModelMetrics
}

/** Reads the models of trials before they are measured, each file once. */
export class StaticMetrics {
  readonly #options: StaticMetricsOptions
  readonly #measured = new Map<string, Measured>()
  #peaks: PeaksFile | null = null

  constructor(options: StaticMetricsOptions) {
    this.#options = options
  }

  /** What is known of a trial's models. A model that cannot be read is a note: it does not keep a trial from running. */
  async of(plan: TrialPlan, server: RunningServer | null): Promise<TrialStatics> {
    const reports: [string, StaticReport][] = []
    const notes: VerdictReason[] = []
    for (const { name, target, given } of Object.entries(plan.streams).flatMap(partsOf)) {
      try {
        const report = await this.#report(target, given, plan, server)
        if (report !== null) reports.push([name, report])
      } catch (error) {
        notes.push({
          code: notes.length === 0 ? 'static' : `static-${notes.length + 1}`,
          severity: 'note',
          message: `What the model of '${name}' consists of is not known: ${messageOf(error)}`,
          advice: null,
        })
      }
    }
    return { reports: reports.length === 0 ? null : Object.fromEntries(reports), notes }
  }

  async #report(
    target: TargetPlan,
    given: Given,
    { server: plan }: TrialPlan,
    server: RunningServer | null,
  ): Promise<StaticReport | null> {
    const { root, artifacts } = this.#options
    const served = plan === null ? null : modelOf(servedModels(plan, root), target)
    const source = given.model === undefined ? (served?.source ?? null) : resolve(root, given.model)
    // What handlers of a server do with a model is not in its file.
    if (source === null && Object.keys(given).length === 0) return null
    const file = source === null || typeof source === 'string' ? source : (await artifacts.build(source)).path
    const measured = file === null ? null : this.#measure(file, given.sizes ?? {})
    const metrics = measured?.metrics ?? null
    const work = metrics === null ? givenWork(given) : { ...workOf(metrics), ...overrides(given) }
    const type = metrics === null ? 'FP32' : mainType(metrics)
    const devices = this.#devices(given.device, target, server)
    const known = await this.#loadPeaks()
    return {
      task: given.task ?? null,
      source: measured === null ? 'given' : 'file',
      model: served?.name ?? (typeof target.options['model'] === 'string' ? target.options['model'] : null),
      file: file === null ? null : shortPath(root, file),
      format: measured?.format ?? null,
      fileBytes: measured?.bytes ?? null,
      batch: 1,
      sizes: metrics?.sizes ?? given.sizes ?? {},
      parameters: given.parameters ?? metrics?.parameters ?? null,
      statistics: metrics?.statistics ?? null,
      parameterBytes: metrics?.parameterBytes ?? null,
      weightBytes: given.bytes ?? metrics?.weightBytes ?? null,
      touchedWeightBytes: given.bytes ?? metrics?.touchedWeightBytes ?? null,
      macs: given.flops === undefined ? (metrics?.macs ?? null) : given.flops / 2,
      flops: given.flops ?? metrics?.flops ?? null,
      elementwiseFlops: metrics?.elementwiseFlops ?? null,
      macsByType: metrics?.macsByType ?? {},
      activationBytes: metrics?.activationBytes ?? null,
      peakActivationBytes: metrics?.peakActivationBytes ?? null,
      inputBytes: metrics?.inputBytes ?? null,
      outputBytes: metrics?.outputBytes ?? null,
      cache: metrics?.cache ?? null,
      isLowerBound: metrics?.isLowerBound ?? false,
      unknownOperators: metrics?.unknownOperators ?? {},
      intensity: work === null ? null : metrics === null ? givenIntensity(work) : intensitiesOf(work),
      devices:
        work === null
          ? []
          : devices.flatMap((device) => {
              const matched = matchDevice(known, device)
              return matched === null ? [] : (boundOn(matched, work, type, metrics?.batch ?? 1) ?? [])
            }),
      notes: metrics?.notes ?? [],
    }
  }

  #measure(file: string, sizes: Readonly<Record<string, number>>): Measured {
    const found = statSync(file, { throwIfNoEntry: false })
    const key = JSON.stringify([file, found?.size, found?.mtimeMs, sizes])
    let measured = this.#measured.get(key)
    if (measured === undefined) {
      const model = readModel(file)
      const { metrics } = measureModel(model, { batch: 1, named: sizes })
      measured = { format: model.format, bytes: model.bytes, metrics }
      this.#measured.set(key, measured)
    }
    return measured
  }

  async #loadPeaks(): Promise<PeaksFile> {
    const { peaks, root, addedPeaks } = this.#options
    this.#peaks ??= loadPeaks(peaks === null ? null : resolve(root, peaks), (await addedPeaks?.()) ?? [])
    return this.#peaks
  }

  /** Those of this machine where the target is on it; otherwise only what the bench file names. */
  #devices(
    named: string | undefined,
    target: TargetPlan,
    server: RunningServer | null,
  ): readonly FoundDevice[] {
    if (named !== undefined)
      return (['gpu', 'cpu'] as const).map((kind) => ({ name: named, kind, cores: null }))
    const isLocal = server?.local ?? targetsOf(target).every(({ options }) => isLocalTarget(options))
    return isLocal ? devicesOf(this.#options.environment) : []
  }
}

/** From the root, for what is below it. */
function shortPath(root: string, file: string): string {
  const path = relative(root, file)
  return path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll('\\', '/')
}

/** Of weights alone: nothing is known about the rest. */
function givenIntensity(work: ReturnType<typeof workOf>): StaticReport['intensity'] {
  return { article: null, compulsory: intensityOf('compulsory', work), streamed: null }
}

type Given = NonNullable<StreamPlan['static']>

function overrides({ flops, bytes }: Given): object {
  return {
    ...(flops === undefined ? {} : { flops }),
    ...(bytes === undefined ? {} : { touchedWeightBytes: bytes, parameterBytes: bytes }),
  }
}

function givenWork({ flops, bytes }: Given): ReturnType<typeof workOf> | null {
  if (flops === undefined) return null
  const weights = bytes ?? 0
  return {
    flops,
    parameterBytes: weights,
    touchedWeightBytes: weights,
    inputBytes: 0,
    outputBytes: 0,
    activationBytes: 0,
  }
}
