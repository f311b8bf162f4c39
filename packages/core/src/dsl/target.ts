/**
 * The protocols that can be measured, by name. A plugin adds its own, always to `servebench/plugin`: the compiler loses
 * all but the last of several augmentations that reach an interface through different modules.
 *
 * ```ts
 * declare module 'servebench/plugin' {
 *   interface TargetKinds {
 *     triton: { options: TritonOptions; request: TritonRequest; response: TritonResponse }
 *   }
 * }
 * ```
 */
export interface TargetKinds {
  /** A function in the bench file; see `inline`. */
  inline: { options: object; request: unknown; response: unknown }
  /** Several targets in a row; see `pipeline`. */
  pipeline: { options: object; request: unknown; response: unknown }
  /** Several targets that answer alike; see `balance`. */
  balance: { options: object; request: unknown; response: unknown }
}
export type TargetKind = keyof TargetKinds

/** What the options of a kind of target are. */
export type KindOptions<K extends TargetKind> = TargetKinds[K] extends { options: infer Options }
  ? Options
  : never
/** What a kind of target is asked. */
export type KindRequest<K extends TargetKind> = TargetKinds[K] extends { request: infer Request }
  ? Request
  : never
/** What a kind of target answers. */
export type KindResponse<K extends TargetKind> = TargetKinds[K] extends { response: infer Response }
  ? Response
  : never

/**
 * What is measured, as plain data: importing or building one connects to nothing. `package` names the npm package
 * whose plugin provides the kind, so that importing a factory is all that a bench file has to do.
 */
export interface TargetSpec<
  K extends TargetKind = TargetKind,
  Request = KindRequest<K>,
  Response = KindResponse<K>,
> {
  readonly kind: K
  readonly package: string
  readonly options: KindOptions<K>
  /** Only for the type checker; never set. */
  readonly [signature]?: (request: Request) => Response
}
declare const signature: unique symbol

/** A target of any kind. */
export type AnyTarget = TargetSpec<TargetKind, never, unknown>

type RequestBox<T> =
  T extends TargetSpec<infer _Kind, infer Request, infer _Response>
    ? (box: { readonly of: Request }) => void
    : never

/** What may be sent to a target; to any of several targets: what all of them take; anything where the target is not known. */
export type RequestOf<T> = AnyTarget extends T
  ? unknown
  : RequestBox<T> extends (box: infer Box extends { readonly of: unknown }) => void
    ? Box['of']
    : never

/** What a target answers; any of several targets: what one of them answers. */
export type ResponseOf<T> =
  T extends TargetSpec<infer _Kind, infer _Request, infer Response> ? Response : never
