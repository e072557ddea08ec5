/** What comments cite can be looked up: each rule of the semantics is on the page of rules. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(root, 'lib/pending/README.md'), 'utf8')

/** First cells of the tables, and what stands before the colon of each item of the lists at the end. */
const PLACES = page.split('\n').flatMap((line) => /^(?:\|([^|]*)\||- ([^:]*):)/.exec(line)?.slice(1) ?? [])

/** `semantics 3.5-5, 3.5-7` cites two. */
const CITATION = /semantics (\d[\d.]*\d|\d)(-\d+|[a-z]\b)?(?:, (\d[\d.]*\d|\d)(-\d+|[a-z]\b)?)*/g
const RULE = /\d+(?:\.\d+)?(?:-\d+|[a-z]\b)?/g

function citedIn(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([citation]) => citation.match(RULE) ?? [])
}

function isOnPage(rule: string): boolean {
  const place = new RegExp(`(?<![\\w.-])${rule.replaceAll('.', '\\.')}(?!\\d)`)
  return PLACES.some((cell) => cell !== undefined && place.test(cell))
}

const sources = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, cited: citedIn(readFileSync(join(root, 'lib', path), 'utf8')) }))

test('citations are found in comments, with their numbers', () => {
  assert.equal(citedIn('(semantics 3.5-5, 3.5-7), semantics 8.3b. (semantics 12)'), ['3.5-5', '3.5-7', '8.3b', '12'])
  assert.ok(sources.flatMap(({ cited }) => cited).length > 50)
})

test('every rule that a comment cites is on the page of rules', () => {
  const lost = sources.flatMap(({ path, cited }) =>
    cited.filter((rule) => !isOnPage(rule)).map((rule) => `${path} cites ${rule}`),
  )
  assert.equal(lost, [])
})

test('a citation of a rule that is not on the page is noticed', () => {
  assert.equal(['0.4', '2.9-11', '3.35', '13'].map(isOnPage), [false, false, false, false])
})

test.run()
