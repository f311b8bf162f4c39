import type { AnyTarget, RequestOf, ResponseOf, TargetKind, TargetSpec } from 'servebench'
import type { TargetKinds } from 'servebench/plugin'
import { inline } from 'servebench'
import { yes, type Equal } from './equal.ts'
import {
  search,
  tensors,
  type SearchRequest,
  type SearchResponse,
  type TensorsRequest,
  type TensorsResponse,
} from './kinds.ts'

// what a plugin adds to `servebench/plugin` is seen through `servebench` too
yes<Equal<TargetKinds['tensors']['request'], TensorsRequest>>()
yes<'tensors' | 'search' | 'inline' | 'http' extends TargetKind ? true : false>()

yes<Equal<RequestOf<TargetSpec<'tensors'>>, TensorsRequest>>()
yes<Equal<ResponseOf<TargetSpec<'tensors'>>, TensorsResponse>>()
// a request that is a union stays one
yes<Equal<RequestOf<TargetSpec<'search'>>, SearchRequest>>()
// any of several targets takes what all of them take, and answers what one of them answers
yes<Equal<RequestOf<TargetSpec<'tensors'> | TargetSpec<'search'>>, TensorsRequest & SearchRequest>>()
yes<Equal<ResponseOf<TargetSpec<'tensors'> | TargetSpec<'search'>>, TensorsResponse | SearchResponse>>()

// @ts-expect-error the model is missing
tensors({})
// @ts-expect-error no such kind
type _Unknown = TargetSpec<'nope'>

const call = inline(async (text: string, { signal }) => {
  yes<Equal<typeof signal, AbortSignal>>()
  return text.length
})
yes<Equal<RequestOf<typeof call>, string>>()
yes<Equal<ResponseOf<typeof call>, number>>()

const any: readonly AnyTarget[] = [tensors({ model: 'a' }), search({ url: 'http://localhost' }), call]
void any
