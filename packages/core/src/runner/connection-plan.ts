import type { LoadPlan } from '../arrival/load-plan.ts'
import { peakRate } from '../arrival/load-rates.ts'
import type { ConnectionPlan } from '../engine/session.ts'
import { share } from '../engine/share.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import { SECOND } from '../units/nanos.ts'

/** Connections that are opened ahead for an open loop; further ones are opened when they are needed. */
const MOST_AHEAD = 64
/** Exchanges on one multiplexed connection, when neither side says: what servers commonly allow. */
const STREAMS = 100

/** How many connections a stream of a trial uses, over all workers, and whether that is a limit. */
export interface ConnectionTotals {
  readonly count: number
  readonly fixed: boolean
  readonly streams: number
  readonly open: 'before' | 'on-demand'
}

export function connectionTotals(
  load: LoadPlan,
  settings: TrialSettings,
  multiplexed: boolean,
  workers: number,
): ConnectionTotals {
  const { connections } = settings
  const perRequest = connections.reuse === 'per-request'
  const open = connections.open === 'auto' ? (perRequest ? 'on-demand' : 'before') : connections.open
  const users = concurrencyOf(load)
  const streams = connections.streams === 'auto' ? (multiplexed ? STREAMS : 1) : connections.streams
  if (connections.count !== 'auto')
    return { count: Math.max(connections.count, workers), fixed: true, streams, open }
  if (multiplexed) {
    // One connection carries all users that fit; an open loop may need more.
    const needed = users === null ? 1 : Math.ceil(users / streams)
    return { count: Math.max(needed, workers), fixed: users !== null, streams, open }
  }
  if (users !== null) return { count: Math.max(users, workers), fixed: true, streams, open }
  const expected = Math.ceil(highestRate(load) * (settings.timeout / SECOND))
  return {
    count: Math.max(1, Math.min(expected, MOST_AHEAD, settings.maxInFlight), workers),
    fixed: false,
    streams,
    open,
  }
}

/** A replica's part of the connections; where their number is automatic, it may open more when more requests go to it. */
export function replicaConnections(
  totals: ConnectionTotals,
  replicas: number,
  { connections }: TrialSettings,
  workers: number,
): ConnectionTotals {
  return {
    ...totals,
    count: Math.max(Math.ceil(totals.count / replicas), workers),
    fixed: totals.fixed && connections.count !== 'auto',
  }
}

export function workerConnections(
  totals: ConnectionTotals,
  settings: TrialSettings,
  worker: number,
  workers: number,
): ConnectionPlan {
  return {
    count: share(totals.count, worker, workers),
    fixed: totals.fixed,
    streams: totals.streams,
    reuse: settings.connections.reuse,
    open: totals.open,
  }
}

/** Users of a closed loop at most; `null` when any part of the load is open. */
export function concurrencyOf(load: LoadPlan): number | null {
  switch (load.loop) {
    case 'closed':
      return load.concurrency
    case 'open':
      return null
    case 'stages': {
      const users = load.stages.map((stage) => concurrencyOf(stage.load))
      return users.includes(null) ? null : Math.max(...(users as number[]))
    }
  }
}

/** The highest rate of the load's open parts, per second; a burst counts all of its arrivals. Infinity for a trace. */
function highestRate(load: LoadPlan): number {
  switch (load.loop) {
    case 'closed':
      return 0
    case 'open':
      return peakRate(load) ?? Infinity
    case 'stages':
      return Math.max(0, ...load.stages.map((stage) => highestRate(stage.load)))
  }
}
