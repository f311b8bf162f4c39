/**
 * The text of an answer that may be anybody's.
 * @throws {Error} when it has more than `most` bytes
 */
export async function boundedText({ body }: Pick<Response, 'body'>, most: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > most) throw new Error(`it answers with more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
