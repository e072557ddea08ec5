/** Waits until a process prints that it is ready. */

import type { Readable } from 'node:stream'

/** So many of the last characters are searched, and told if the process ends. */
const KEPT_CHARACTERS = 10_000

/** Resolves to the groups of `pattern` in the first output that matches; later output is read and dropped. Rejects if the output ends. */
export async function announced(output: Readable, pattern: RegExp): Promise<readonly string[]> {
  output.setEncoding('utf8')
  let said = ''
  return new Promise((resolve, reject) => {
    output.on('data', (chunk: string) => {
      said = (said + chunk).slice(-KEPT_CHARACTERS)
      const match = pattern.exec(said)
      if (match !== null) resolve(match.slice(1))
    })
    output.once('end', () => reject(new Error(`a process ended before it was ready:\n${said}`)))
  })
}
