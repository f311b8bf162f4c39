import { Random } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { CallQueue } from './call-queue.ts'
import { InferenceCall } from './inference-call.ts'

class Call extends InferenceCall {
  complete(): void {}
  fail(): void {}
}

describe('CallQueue', () => {
  it('does what an array does', () => {
    const random = new Random([5, 6, 7, 8])
    const queue = new CallQueue()
    let model: Call[] = []
    for (let step = 0; step < 20_000; step++) {
      const action = random.int(10)
      if (action < 5) {
        const call = new Call(step)
        queue.push(call)
        model.push(call)
      } else if (action < 8 && model.length > 0) {
        const count = 1 + random.int(Math.min(4, model.length))
        expect(queue.take(count)).toEqual(model.splice(0, count))
      } else if (action === 8) {
        const call = model[random.int(Math.max(1, model.length))] ?? new Call(-1)
        expect(queue.remove(call)).toBe(model.includes(call))
        model = model.filter((other) => other !== call)
      } else {
        const back = [new Call(step), new Call(step)]
        queue.restore(back)
        model = [...back, ...model]
      }
      expect(queue.length).toBe(model.length)
      if (model.length > 0) expect(queue.at(model.length - 1)).toBe(model.at(-1))
    }
  })

  it('lets go of what was taken, although requests wait all the time', async () => {
    const queue = new CallQueue()
    const taken: WeakRef<Call>[] = []
    for (let index = 0; index < 3; index++) queue.push(new Call(index))
    for (let index = 0; index < 500; index++) {
      queue.push(new Call(index))
      taken.push(new WeakRef(queue.take(1)[0] as Call))
    }
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    await new Promise((resolve) => setImmediate(resolve))
    ;(runInNewContext('gc') as () => void)()
    expect(taken.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(5)
    expect(queue.length).toBe(3)
  })
})
