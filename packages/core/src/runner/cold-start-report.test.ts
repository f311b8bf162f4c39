import { describe, expect, it } from 'vitest'
import type { FirstAnswers } from '../aide/first-answers.ts'
import type { RunningServer } from '../hooks/server.ts'
import { reportColdStart } from './cold-start-report.ts'
import type { AcquiredServer } from './server-host.ts'

const MS = 1e6
const plan = { requests: 3, idle: null, pageCache: 'keep' } as const
const answers: FirstAnswers = { from: 2 * MS, first: 30 * MS, failedBefore: 0, warm: [1, 2, 4, 9] }

function acquired(server: Partial<RunningServer>): AcquiredServer {
  return {
    server: {
      kind: 'test',
      endpoints: {},
      process: null,
      version: null,
      local: true,
      control: null,
      startup: {},
      stop: async () => {},
      ...server,
    },
    effective: null,
    differences: [],
    started: true,
    readyAt: 1000,
    files: { bytes: 5, cached: 0.5 },
  }
}

describe('a cold start', () => {
  it('adds up: launch to ready, and first request to first answer, without the pause between', () => {
    const startup = { process: 100 * MS, modelLoad: 40 * MS, ready: 140 * MS }
    const report = reportColdStart({
      plan,
      server: acquired({ startup }),
      system: 90 * MS,
      answers,
      origin: 1070,
    })
    expect(report).toEqual({
      kind: 'launch',
      idle: null,
      resolution: 50 * MS,
      system: 90 * MS,
      live: 100 * MS,
      modelLoad: 40 * MS,
      modelLoadBy: 'probes',
      ready: 140 * MS,
      pause: 72 * MS,
      firstAnswer: 30 * MS,
      failedBefore: 0,
      warm: 3,
      warmCount: 4,
      total: 170 * MS,
      model: { bytes: 5, cached: 0.5 },
    })
  })

  it('believes the server more than the probes about the load of its models', () => {
    const startup = { modelLoad: 1, 'modelLoad.a': 7, 'modelLoad.b': 9, system: 5 }
    const of = (server: Partial<RunningServer>) =>
      reportColdStart({ plan, server: acquired(server), system: null, answers, origin: 0 })
    expect(of({ startup })).toMatchObject({ modelLoad: 9, modelLoadBy: 'server', system: 5 })
    expect(of({ startup, loadsBy: 'calls' })).toMatchObject({ modelLoad: 9, modelLoadBy: 'calls' })
    expect(of({ startup: {} })).toMatchObject({ modelLoad: null, modelLoadBy: null, total: null })
  })

  it('of a server that was left idle is its first answer', () => {
    const idle = { ...plan, idle: 60e9 }
    const report = reportColdStart({ plan: idle, server: null, system: null, answers, origin: 0 })
    expect(report).toMatchObject({ kind: 'idle', idle: 60e9, ready: null, total: 30 * MS, warm: 3 })
  })
})
