import { createHttpSession } from '../../session.ts'
import type { CreateCodec, CreateSession } from '../../session.ts'
import { HttpCodec } from './codec.ts'
import type { HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import type { HttpSettings } from './settings.ts'
import type { Sample } from '../../plugin.ts'

/** The aide's side of the `http` target. */
export const createCodec: CreateCodec<HttpSettings, HttpRequest | Sample | null | undefined, HttpResponse> = (
  settings,
) => new HttpCodec(settings)

/** The load worker's side of the `http` target. */
export const createSession: CreateSession<HttpSettings> = (context) =>
  createHttpSession(context, context.options)
