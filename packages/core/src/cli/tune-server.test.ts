import { describe, expect, it } from 'vitest'
import { plannedStudy, simulate } from '../../test/support/study.ts'
import type { RunnerHooks } from '../hooks/hooks.ts'
import type { RunningServer } from '../hooks/server.ts'
import type { ServerTuning, Tunable } from '../hooks/tuning.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
import type { ReadyStudy } from '../plan/study/study-run.ts'
import { tuneServer, type TuneContext } from './tune-server.ts'

const tuning: ServerTuning = {
  apply: (server, path, value) => ({ ...server, state: { ...server.state, [path]: value } }),
}
const tunables: readonly Tunable[] = [
  {
    path: 'instances',
    type: 'integer',
    default: 1,
    automatic: [1, 2, 3],
    change: 'in-place',
    description: '',
  },
]

/** What happened, in its order. */
function world(): { readonly log: string[]; readonly context: TuneContext } {
  const log: string[] = []
  const server = { control: { tunables: async () => tunables } } as unknown as RunningServer
  const hooks = { tune: { for: () => ({ promise: async () => tuning }) } } as unknown as RunnerHooks
  const examine: TuneContext['examine'] = async (plan, read) => {
    log.push(`examine ${JSON.stringify(plan.launch)}`)
    return await read(server)
  }
  return { log, context: { hooks, examine } }
}

function deferred(log: string[], options: Record<string, unknown> = {}): PlannedStudy {
  const server = { kind: 'x', package: 'p', launch: { port: 4711 }, state: {} }
  const study = plannedStudy({ server, load: { load: 'closed', concurrency: 1 }, ...options }) as ReadyStudy
  return {
    ...study,
    cases: {
      file: study.file,
      path: study.path,
      trials: 0,
      open: async () => {
        log.push('setup')
        return { cases: study.cases, close: async () => void log.push('teardown') }
      },
    },
  }
}

describe('a study with a setup', () => {
  it('asks the server what to vary when its setup has run', async () => {
    const { log, context } = world()
    const study = await tuneServer(deferred(log), context)
    expect(log).toEqual([])
    const { result, plans } = await simulate(study, ({ instances }) => ({
      throughput: 100 * Number(instances),
      latency: 1e6,
    }))
    expect(log).toEqual(['setup', 'examine {"port":4711}', 'teardown'])
    expect(result).toMatchObject({ size: 3, search: { strategy: 'grid' } })
    expect(new Set(plans.map(({ server }) => server?.state['instances']))).toEqual(new Set([1, 2, 3]))
    expect(result.points.find(({ id }) => id === result.best[0])?.configuration).toEqual({ instances: 3 })
  })

  it('has settings applied to the servers that its setup gave', async () => {
    const { log, context } = world()
    const study = await tuneServer(deferred(log, { settings: { instances: [2, 4] } }), context)
    const { plans } = await simulate(study, () => ({ throughput: 1, latency: 1e6 }))
    expect(new Set(plans.map(({ server }) => server?.state['instances']))).toEqual(new Set([2, 4]))
    expect(log).toEqual(['setup', 'teardown'])
  })

  it('is taken down when its server has nothing to vary', async () => {
    const { log, context } = world()
    const nothing: TuneContext = { ...context, examine: async (_, read) => await read({} as RunningServer) }
    const { cases } = await tuneServer(deferred(log), nothing)
    if (!('open' in cases)) throw new Error('It is deferred.')
    await expect(cases.open()).rejects.toThrow('names nothing that is worth a try')
    expect(log).toEqual(['setup', 'teardown'])
  })
})
