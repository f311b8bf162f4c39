/** Execution providers that the binding beside this package knows; `null` where there is none. */
export async function listProviders(): Promise<readonly string[] | null> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node')
    return listSupportedBackends().map(({ name }) => name)
  } catch {
    return null
  }
}
