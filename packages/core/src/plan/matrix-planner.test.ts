import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { CasePlan } from './case-plan.ts'
import { MatrixPlanner, type DeferredScenario } from './matrix-planner.ts'

const OPTIONS = { seed: 's', order: 'as-written', interleave: 'within-server' } as const

function planned(name: string, repeats = 1): CasePlan {
  return {
    trial: {
      caseId: name,
      file: 'a.bench.ts',
      path: [name],
      case: {},
      role: 'measurement',
      tags: [],
      settings: DEFAULT_SETTINGS,
      origins: {},
      server: null,
      streams: {},
      digest: 'd',
    },
    repeats,
    skip: null,
  }
}

/** A deferred scenario that logs what happens to it. */
function deferred(
  name: string,
  log: string[],
  failing: 'open' | 'close' | 'nothing' = 'nothing',
): DeferredScenario {
  return {
    file: 'a.bench.ts',
    path: [name],
    trials: 1,
    async open() {
      log.push(`open ${name}`)
      if (failing === 'open') throw new Error('no database')
      return {
        cases: [planned(name)],
        async close() {
          log.push(`close ${name}`)
          if (failing === 'close') throw new Error('no cleanup')
        },
      }
    },
  }
}

async function drive(planner: MatrixPlanner, log: string[], limit = Infinity): Promise<void> {
  for (let count = 0; count < limit; count++) {
    const next = await planner.next()
    if ('finished' in next) return
    log.push(`run ${next.path[0]}${next.repeat}`)
  }
}

describe('MatrixPlanner', () => {
  it('yields the trials in their order, then is finished', async () => {
    const log: string[] = []
    const planner = new MatrixPlanner([planned('a', 2), planned('b')], [], {
      ...OPTIONS,
      onFailure: () => undefined,
    })
    expect(planner.remaining()).toBe(3)
    expect(planner.known.trials.map((trial) => trial.path[0])).toEqual(['a', 'b', 'a'])
    await drive(planner, log)
    expect(log).toEqual(['run a0', 'run b0', 'run a1'])
    expect(planner.remaining()).toBe(0)
    expect(await planner.next()).toEqual({ finished: true })
  })

  it('sets a scenario up right before its first trial and undoes it after the last', async () => {
    const log: string[] = []
    const planner = new MatrixPlanner([planned('a')], [deferred('x', log), deferred('y', log)], {
      ...OPTIONS,
      onFailure: () => undefined,
    })
    expect(planner.remaining()).toBe(3)
    await drive(planner, log)
    expect(log).toEqual(['run a0', 'open x', 'run x0', 'close x', 'open y', 'run y0', 'close y'])
  })

  it('goes on when a setup or a cleanup fails, and tells', async () => {
    const log: string[] = []
    const planner = new MatrixPlanner(
      [],
      [deferred('x', log, 'open'), deferred('y', log, 'close'), deferred('z', log)],
      {
        ...OPTIONS,
        onFailure: (scenario, error) => log.push(`failed ${scenario.path[0]}: ${(error as Error).message}`),
      },
    )
    await drive(planner, log)
    expect(log).toEqual([
      'open x',
      'failed x: no database',
      'open y',
      'run y0',
      'close y',
      'failed y: no cleanup',
      'open z',
      'run z0',
      'close z',
    ])
  })

  it('undoes what is set up when the run ends early, and sets nothing else up', async () => {
    const log: string[] = []
    const planner = new MatrixPlanner([], [deferred('x', log), deferred('y', log)], {
      ...OPTIONS,
      onFailure: () => undefined,
    })
    await drive(planner, log, 1)
    await planner[Symbol.asyncDispose]()
    await planner[Symbol.asyncDispose]()
    expect(log).toEqual(['open x', 'run x0', 'close x'])
    expect(await planner.next()).toEqual({ finished: true })
  })
})
