import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { identityModel, syntheticModel } from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import { binaryBody } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-threads-'))
afterAll(() => rmSync(directory, { recursive: true }))

interface Thread {
  readonly id: string
  readonly name: string
  /** User and system time, in ticks of 10 ms. */
  readonly ticks: number
}

function threadsOf(pid: number): Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      id,
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      ticks: Number(fields[11]) + Number(fields[12]),
    }
  })
}

/**
 * Threads that belong to inference: ours by their name, and those that they have started, which inherit it. ONNX Runtime
 * itself starts one for the whole process.
 */
function inferenceThreads(server: ServerUnderTest): Thread[] {
  return threadsOf(server.pid).filter(({ name }) => name === 'inference')
}

const model = (): string => identityModel(directory, 'FP32')

async function countThreads(args: readonly string[]): Promise<number> {
  await using server = await ServerUnderTest.start(args)
  return inferenceThreads(server).length
}

describe.runIf(process.platform === 'linux')('inference threads', () => {
  it('are as many as instances, for each model; one for all models with a shared thread pool', async () => {
    const one = await countThreads([`a=${model()}`])
    expect(await countThreads(['--instances=3', `a=${model()}`])).toBe(one + 2)
    expect(await countThreads(['--instances=3', `a=${model()}`, `b=${model()}`])).toBe(one + 5)
    expect(await countThreads(['--shared-thread-pool', `a=${model()}`, `b=${model()}`])).toBe(one)
  })

  it('are joined by intraOpThreads − 1 threads in a pool of their own', async () => {
    const one = await countThreads([`a=${model()}`])
    expect(await countThreads(['--intra-op-threads=4', `a=${model()}`])).toBe(one + 3)
    expect(await countThreads(['--intra-op-threads=4', '--instances=2', `a=${model()}`])).toBe(one + 3 + 4)
  })

  it('serve all models in turn with a shared thread pool', async () => {
    await using server = await ServerUnderTest.start(['--shared-thread-pool', `a=${model()}`, `b=${model()}`])
    const infer = async (name: string): Promise<number> =>
      (
        await fetch(`${server.http}/v2/models/${name}/infer`, {
          method: 'POST',
          body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }),
        })
      ).status
    expect(await Promise.all(['a', 'b', 'a', 'b'].map(infer))).toEqual([200, 200, 200, 200])
    await server.json('/v2/repository/models/a/unload', {})
    expect([await infer('a'), await infer('b')]).toEqual([404, 200])
    const config = JSON.stringify({ instance_group: [{ count: 2 }] })
    await expect(server.json('/v2/repository/models/b/load', { parameters: { config } })).rejects.toThrow(
      'no effect with a shared thread pool',
    )
  })

  it('follow a change of the instances in place', async () => {
    await using server = await ServerUnderTest.start([`a=${model()}`])
    const one = inferenceThreads(server).length
    const config = (await server.json('/v2/models/a/config')) as object
    for (const count of [4, 1]) {
      await server.json('/v2/repository/models/a/load', {
        parameters: { config: JSON.stringify({ ...config, instance_group: [{ count }] }) },
      })
      await expect.poll(() => inferenceThreads(server).length).toBe(one + count - 1)
    }
  })

  it('all compute under load', async () => {
    const path = await syntheticModel(
      { family: 'cnn', size: 64, channels: 1, width: 32, stages: 1, blocks: 3, outputs: 4 },
      directory,
    )
    await using server = await ServerUnderTest.start(['--instances=2', `slow=${path}`])
    const body = JSON.stringify({
      inputs: [
        {
          name: 'input',
          datatype: 'FP32',
          shape: [8, 1, 64, 64],
          data: Array.from({ length: 8 * 4096 }, () => 1),
        },
      ],
    })
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        async () => (await fetch(`${server.http}/v2/models/slow/infer`, { method: 'POST', body })).status,
      ),
    )
    expect(answers.every((status) => status === 200)).toBe(true)
    const busy = inferenceThreads(server).map(({ ticks }) => ticks)
    expect(busy.filter((ticks) => ticks > 0.2 * Math.max(...busy))).toHaveLength(2)
  })

  // On many cores the same numbers are no over-subscription.
  it.runIf(availableParallelism() <= 8)(
    "get in each other's way when instances × intraOpThreads exceed the cores",
    async () => {
      const path = await syntheticModel(
        { family: 'cnn', size: 48, channels: 1, width: 32, stages: 1, blocks: 3, outputs: 4 },
        directory,
      )
      const balanced = await medianTime([`m=${path}`])
      const crowded = await medianTime(['--instances=8', '--intra-op-threads=8', `m=${path}`])
      // Some ten times slower on two cores; a factor of two leaves room for whatever else the machine does.
      expect(crowded).toBeGreaterThan(2 * balanced)
    },
  )
})

/** The median response time of eight closed-loop clients, after each has warmed up. */
async function medianTime(args: readonly string[]): Promise<number> {
  await using server = await ServerUnderTest.start(args)
  const request = binaryBody([
    { name: 'input', datatype: 'FP32', shape: [1, 1, 48, 48], bytes: new Uint8Array(4 * 48 * 48) },
  ])
  const times: number[] = []
  const client = async (): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      const started = performance.now()
      await (await fetch(`${server.http}/v2/models/m/infer`, { method: 'POST', ...request })).arrayBuffer()
      if (round >= 2) times.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  return times.sort((a, b) => a - b)[times.length >> 1] as number
}
