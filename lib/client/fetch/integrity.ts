/** Checks a body against the hashes that its caller expects (Subresource Integrity, W3C, 3.3). */

import { createHash } from 'node:crypto'

/** Weakest first. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'] as const

type Algorithm = (typeof ALGORITHMS)[number]

/** One hash that the bytes may have, in base64 with the standard alphabet, without padding. */
interface Expected {
  readonly algorithm: Algorithm
  readonly hash: string
}

const HASH = /^(sha256|sha384|sha512)-([a-z0-9+/_-]+)={0,2}(?:\?[\x21-\x7e]*)?$/i

/** Whether `bytes` match a hash in `integrity`, of those with the strongest algorithm; true if it names no known algorithm. */
export function hasIntegrity(bytes: Uint8Array, integrity: string): boolean {
  const expected = parse(integrity)
  const strongest = ALGORITHMS.findLast((name) => expected.some(({ algorithm }) => algorithm === name))
  if (strongest === undefined) return true
  const actual = unpadded(createHash(strongest).update(bytes).digest('base64'))
  return expected.some((candidate) => candidate.algorithm === strongest && candidate.hash === actual)
}

function parse(integrity: string): Expected[] {
  return integrity.split(/[\t\n\f\r ]+/).flatMap((item) => {
    const [, algorithm, hash] = HASH.exec(item) ?? []
    if (algorithm === undefined || hash === undefined) return []
    return [{ algorithm: algorithm.toLowerCase() as Algorithm, hash: hash.replaceAll('-', '+').replaceAll('_', '/') }]
  })
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '')
}
