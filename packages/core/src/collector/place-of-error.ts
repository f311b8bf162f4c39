import type { Place } from '../dsl/tree.ts'

const PLACE: unique symbol = Symbol('place')

/** Notes where in a user's file an error belongs, when its stack does not say. Keeps the error as it is otherwise. */
export function setPlace(error: unknown, place: Place): void {
  if (error instanceof Error) Object.defineProperty(error, PLACE, { value: place, configurable: true })
}

export function getPlace(error: Error): Place | undefined {
  return (error as { readonly [PLACE]?: Place })[PLACE]
}
