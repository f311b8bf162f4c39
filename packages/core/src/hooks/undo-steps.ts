import { canonicalJson } from '../units/json.ts'
import type { JsonValue } from '../units/json.ts'

/** How a plugin takes back one of its steps. */
export interface StepUndo<Step> {
  /** Of the server, for messages. */
  readonly url: string
  /** Makes a step of what a journal holds, which is somebody else's data; `null` when it is none. */
  read(value: JsonValue): Step | null
  takeBack(step: Step): Promise<void>
  /** What a step takes back: `the settings of model 'm'`. */
  describe(step: Step): string
}

/** How much of a step that is not known is shown. */
const SHOWN = 200

/**
 * Takes back what it can, the newest step first: what `ServerControl.undo` is to do.
 * @param steps oldest first, as they were announced
 * @returns what could not be taken back, in sentences
 */
export async function undoSteps<Step>(
  steps: readonly JsonValue[],
  { url, read, takeBack, describe }: StepUndo<Step>,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (const value of steps.toReversed()) {
    const step = read(value)
    if (step === null) {
      failures.push(`A step that is not known cannot be taken back: ${canonicalJson(value).slice(0, SHOWN)}`)
      continue
    }
    try {
      await takeBack(step)
    } catch (error) {
      failures.push(`At ${url}, ${describe(step)} could not be taken back: ${(error as Error).message}`)
    }
  }
  return failures
}
