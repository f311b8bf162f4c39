/**
 * A test for paths with `/` against globs: `**` for any folders, `*` and `?` inside a name, `{a,b}` and `[abc]`.
 * Matching is on the whole path.
 */
export function createMatcher(globs: readonly string[]): (path: string) => boolean {
  const expressions = globs.map((glob) => new RegExp(`^${toExpression(glob.replace(/^\.\//, ''))}$`))
  return (path) => expressions.some((expression) => expression.test(path))
}

function toExpression(glob: string): string {
  let expression = ''
  let depth = 0
  for (let index = 0; index < glob.length; index++) {
    const char = glob[index] as string
    if (char === '*' && glob[index + 1] === '*') {
      const folders = glob[index + 2] === '/'
      expression += folders ? '(?:[^/]*/)*' : '.*'
      index += folders ? 2 : 1
    } else if (char === '*') expression += '[^/]*'
    else if (char === '?') expression += '[^/]'
    else if (char === '[' && glob.includes(']', index + 2)) {
      const end = glob.indexOf(']', index + 2)
      expression += `[${glob
        .slice(index + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`
      index = end
    } else if (char === '{') {
      expression += '(?:'
      depth += 1
    } else if (char === '}' && depth > 0) {
      expression += ')'
      depth -= 1
    } else if (char === ',' && depth > 0) expression += '|'
    else expression += char.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
  }
  return expression + ')'.repeat(depth)
}
