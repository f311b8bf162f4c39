import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { planned } from '../../test/support/planned-case.ts'
import type { RunningServer, ServerControl } from '../hooks/server.ts'
import { orderTrials } from '../plan/order.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { listProfiles } from '../report/analyses/profiles.ts'
import type { Trial } from '../report/result.ts'
import { TrialProfiler } from './profiler.ts'

const [, PLAN] = orderTrials([planned('a', { profile: { duration: 1e9 } })], {
  seed: 's',
  order: 'as-written',
  interleave: 'within-server',
}) as [TrialPlan, TrialPlan]

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiler-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const start = (control: Partial<ServerControl> | null) =>
  TrialProfiler.start(PLAN, control === null ? null : ({ kind: 'k', control } as unknown as RunningServer), {
    absolute: join(folder, 'x.profile'),
    relative: 'records/x.profile',
  })

it('asks for a profile of the trial, with a folder for its files', async () => {
  const asked: unknown[] = []
  const profiler = await start({
    profile: async (options) => {
      expect(existsSync(options.directory)).toBe(true)
      asked.push(options.targets.map(({ kind }) => kind))
      return { stop: async () => ({ name: 'P', tables: [], files: ['a.json'] }) }
    },
  })
  expect(asked).toEqual([['http']])
  expect(await profiler.stop()).toEqual({
    name: 'P',
    tables: [],
    files: ['records/x.profile/a.json'],
    notes: [],
  })
})

it('says why there is none', async () => {
  const error = (message: string) => expect.objectContaining({ code: 'SERVEBENCH_PROFILE', message }) as Error
  await expect(start(null)).rejects.toThrow(
    error('The profile is unavailable: the case has no server of its own.'),
  )
  await expect(start({})).rejects.toThrow(
    error("The profile is unavailable: servers of the kind 'k' have no profiler here."),
  )
  await expect(start({ profile: () => Promise.reject(new Error('it is switched off')) })).rejects.toThrow(
    error('The profile is unavailable: it is switched off.'),
  )
})

it('is listed with its tables, or with why it is not there', () => {
  const table = { name: 't', title: 'T', columns: [], rows: [], notes: [] }
  const trial = (rest: Partial<Trial>): Trial =>
    ({ id: 'i', role: 'profile', state: 'completed', path: ['a'], case: {}, error: null, ...rest }) as Trial
  const trials = [
    trial({ profile: { name: 'P', tables: [table], files: ['records/i.profile/f'], notes: ['n'] } }),
    trial({ state: 'skipped', error: { code: 'C', message: 'unavailable', advice: null, detail: null } }),
    trial({ role: 'measurement' }),
  ]
  const [list, own, ...others] = listProfiles({ trials })
  expect(list?.rows).toEqual([
    ['a', 'P', 1, 'records/i.profile', 'n'],
    ['a', null, 0, null, 'unavailable'],
  ])
  expect([own?.name, own?.title, others]).toEqual(['profile-i-t', 'T · a', []])
  expect(listProfiles({ trials: [trial({ role: 'measurement' })] })).toEqual([])
})
