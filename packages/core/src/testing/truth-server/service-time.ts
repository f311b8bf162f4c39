import { parseDuration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { normal, uniform } from './draw.ts'
import type { ServiceTime } from './program.ts'

const PURPOSE = 100

/** The time that the request with this index spends in service. */
export type ServiceTimes = (index: number) => Nanos

/**
 * Service times as a pure function of seed and index: what a truth server uses, and what a test needs to compute what
 * must come out.
 */
export function serviceTimes(service: ServiceTime, seed: number): ServiceTimes {
  if (typeof service === 'string') {
    const constant = parseDuration(service)
    return () => constant
  }
  switch (service.kind) {
    case 'exponential': {
      const mean = parseDuration(service.mean)
      return (index) => mean * -Math.log1p(-uniform(seed, PURPOSE, index))
    }
    case 'lognormal': {
      const median = parseDuration(service.median)
      return (index) => median * Math.exp(service.sigma * normal(seed, PURPOSE, index))
    }
    case 'uniform': {
      const low = parseDuration(service.low)
      const width = parseDuration(service.high) - low
      return (index) => low + width * uniform(seed, PURPOSE, index)
    }
    case 'list': {
      const times = service.times.map((time) => parseDuration(time))
      return (index) => times[index % times.length] as Nanos
    }
  }
}
