import { deserialize } from 'node:v8'
import type { CreateCodec, SessionModule, TargetCodec } from '../session.ts'
import { encodeChain, readHead } from './chain-payload.ts'

/** The sessions of the first and the last step, as modules; `null` where that is a function. */
export interface PipelineCodecOptions {
  readonly first: StepModule | null
  readonly last: StepModule | null
}
interface StepModule {
  readonly module: string
  readonly options: unknown
}

/** What the aide needs of a pipeline: it is asked as its first step is, and answers as its last does. */
export const createCodec: CreateCodec<PipelineCodecOptions> = async ({ first, last }) => {
  const asked = await codecOf(first)
  const answering = await codecOf(last)
  return {
    encode: async (request) => encodeChain(request, asked === null ? null : await asked.encode(request)),
    decode: (raw) => {
      if (answering === null) return raw.messages[0] === undefined ? undefined : deserialize(raw.messages[0])
      const { head, meta } = readHead(raw.head)
      return answering.decode({ ...raw, head }, meta)
    },
  }
}

async function codecOf(step: StepModule | null): Promise<TargetCodec | null> {
  if (step === null) return null
  const module = (await import(step.module)) as SessionModule
  return await module.createCodec(step.options as never)
}
