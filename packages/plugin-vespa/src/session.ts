import { ExplainedSession, FailureExamples, HttpFailureObserver } from '@servebench/plugin-oip/dialect'
import { createHttpSession } from 'servebench/session'
import type { CreateCodec, CreateSession, TargetCodec } from 'servebench/session'
import { ModelCodec } from './model/codec.ts'
import type { ModelSessionOptions } from './model/codec.ts'
import { SearchCodec } from './search/codec.ts'
import type { SearchSessionOptions } from './search/codec.ts'
import { SearchErrors } from './search/search-errors.ts'

type VespaSessionOptions = SearchSessionOptions | ModelSessionOptions

/** Final statuses: which of them is a success is decided by what the answer says. */
const ALL_STATUSES: readonly number[] = Array.from({ length: 400 }, (_, index) => 200 + index)

/** The aide's side of both targets. */
export const createCodec: CreateCodec<VespaSessionOptions> = (options): TargetCodec =>
  options.api === 'search' ? new SearchCodec(options) : new ModelCodec(options)

/** The load worker's side of both targets. */
export const createSession: CreateSession<VespaSessionOptions> = async (context) => {
  const { options } = context
  const { url, engine, tls } = options
  const examples = new FailureExamples()
  const endpoint = { url, engine, ...(tls === undefined ? {} : { tls }) }
  const session =
    options.api === 'search'
      ? await createHttpSession(
          context,
          { ...endpoint, acceptStatus: ALL_STATUSES, stages: options.stages },
          new SearchErrors(context.slots, examples),
        )
      : await createHttpSession(context, endpoint, new HttpFailureObserver(examples))
  return new ExplainedSession(session, examples)
}
