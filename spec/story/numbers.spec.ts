/** Every scenario of semantics 14 is told: T01 to T108, none left out, none twice in the lists. */

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { elsewhere, stories } from './list.js'

const LAST = 108
const NUMBERS = Array.from({ length: LAST }, (_, i) => `T${String(i + 1).padStart(2, '0')}`)

function numbersIn(title: string): string[] {
  return title.match(/\bT\d{2,3}\b/g) ?? []
}

test('every scenario number is in the title of a story, or of the spec named for it', () => {
  const told = new Set(stories.flatMap(({ title }) => numbersIn(title)))
  for (const number of NUMBERS) {
    const spec = elsewhere[number]
    if (spec === undefined) assert.ok(told.has(number), `${number} is told nowhere`)
    else
      assert.ok(
        titlesOf(spec).some((title) => numbersIn(title).includes(number)),
        `${number} is not in ${spec}`,
      )
  }
})

test('a scenario that another spec tells is no story as well, and no number is beyond the last', () => {
  const told = stories.flatMap(({ title }) => numbersIn(title))
  for (const number of Object.keys(elsewhere)) {
    assert.ok(NUMBERS.includes(number), number)
    assert.not.ok(told.includes(number), `${number} is a story too`)
  }
  for (const number of told) assert.ok(NUMBERS.includes(number), number)
})

test('no two stories of a policy have the same title', () => {
  const titles = stories.flatMap(({ title, policies }) => policies.map((policy) => `${policy}: ${title}`))
  assert.equal(
    titles.filter((title, i) => titles.indexOf(title) !== i),
    [],
  )
})

test('every scenario is told in both policies', () => {
  const policiesOf = new Map<string, Set<string>>()
  for (const { title, policies } of stories) {
    for (const number of numbersIn(title)) {
      const known = policiesOf.get(number) ?? new Set()
      for (const policy of policies) known.add(policy)
      policiesOf.set(number, known)
    }
  }
  for (const [number, policies] of policiesOf) assert.is(policies.size, 2, `${number} is told in ${[...policies]}`)
})

/** The titles of the tests of one spec, as its source has them. */
function titlesOf(spec: string): string[] {
  const text = readFileSync(new URL(`../${spec}.spec.js`, import.meta.url), 'utf8')
  return [...text.matchAll(/\btest\(\s*(['"`])(.*?)\1/g)].map(([, , title = '']) => title)
}

test.run()
