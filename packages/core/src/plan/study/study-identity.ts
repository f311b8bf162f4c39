import { createHash } from 'node:crypto'
import type { SloPlan } from '../../slo/slo-plan.ts'
import { canonicalJson, type JsonObject, type JsonValue } from '../../units/json.ts'
import type { TrialPlan } from '../trial-plan.ts'
import type { PointValues } from './space.ts'

/** 12 hexadecimal digits that name a study in every run. */
export function studyId({ file, path }: Pick<TrialPlan, 'file' | 'path'>): string {
  return digest({ file, path, study: true })
}

/** 12 hexadecimal digits that name a configuration, wherever it is measured. */
export function pointId(values: PointValues): string {
  return digest({ ...values })
}

/**
 * What a measurement depends on: everything that is done to the server and sent to it, but neither names nor the seed. A
 * bench file's own digest is part of it only through the functions that are called while measuring.
 * @param overall limits of all streams together, which no plan of a trial has
 */
export function measurementKey(
  plan: Pick<TrialPlan, 'settings' | 'server' | 'streams' | 'samplers' | 'setup' | 'coldStart'>,
  overall?: SloPlan,
): string {
  const { settings, server, streams, samplers, setup, coldStart } = plan
  return digest(
    JSON.parse(
      JSON.stringify({ settings, server, streams, samplers, setup, coldStart, overall }),
    ) as JsonObject,
  )
}

export function digest(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12)
}
