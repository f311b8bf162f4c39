import { ServebenchError } from '../errors/servebench-error.ts'
import type { Random } from '../stats/prng.ts'
import type { Arrivals } from './arrivals.ts'
import { GivenArrivals } from './given-arrivals.ts'
import type { OpenLoadPlan } from './load-plan.ts'
import { createProcess, type OpenTrace } from './process.ts'
import { createTraceProcess } from './processes/trace.ts'
import { RateArrivals } from './rate-arrivals.ts'
import { SlicedArrivals, type SliceSource } from './sliced-arrivals.ts'
import { SuperposedArrivals } from './superposed-arrivals.ts'

/**
 * The arrivals of an open load. They draw from `random` alone: equal plans and seeds give equal instants, byte for byte.
 * @throws {ServebenchError} `SERVEBENCH_LOAD` when the plan is impossible
 */
export function createArrivals(
  plan: OpenLoadPlan,
  random: Random,
  openTrace: OpenTrace = noTraces,
): Arrivals {
  const { process } = plan
  switch (process.kind) {
    case 'superpose':
      return new SuperposedArrivals(
        process.parts.map((part) => createArrivals(part, random.split(), openTrace)),
      )
    case 'slice': {
      const open = (): SliceSource => {
        const own = random.copy()
        const numbers = own.split()
        return { of: createArrivals(process.of, own, openTrace), numbers }
      }
      return new SlicedArrivals(open, process)
    }
    case 'trace':
      return new GivenArrivals(createTraceProcess(process, openTrace(process), random))
    default: {
      const points = createProcess(process, random)
      return points.scale === 'nanos' ? new GivenArrivals(points) : new RateArrivals(points, plan)
    }
  }
}

function noTraces(): never {
  throw new ServebenchError('SERVEBENCH_LOAD', 'The trace of this load has not been read.')
}
