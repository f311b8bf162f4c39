/** Inferences per execution; `null` where the server has counted no execution. */
export function meanBatch(
  model: { readonly inferences: number; readonly executions: number } | undefined,
): number | null {
  return model === undefined || !(model.executions > 0) ? null : model.inferences / model.executions
}
