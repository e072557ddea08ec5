/** How random data is drawn: plain, with a few twists. Rare things meet only where most else is plain. */

import fc from 'fast-check'

/** By their weights. */
type Weighed<T> = readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]

/** How many twists there are at most. */
const MOST = 3

export function weighed<T>(...choices: Weighed<T>): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

/** `plain` with a few of the twists. Fields come together; otherwise the later of two that contradict each other counts. */
export function twisted<T extends { readonly fields?: object }>(
  plain: fc.Arbitrary<T>,
  ...twists: Weighed<Partial<T>>
): fc.Arbitrary<T> {
  const some = fc.array(weighed(...twists), { maxLength: MOST, size: 'max' })
  return fc.tuple(plain, some).map(([first, others]) => others.reduce<T>(bent, first))
}

function bent<T extends { readonly fields?: object }>(one: T, twist: Partial<T>): T {
  const fields = { ...one.fields, ...twist.fields }
  return { ...one, ...twist, ...(Object.keys(fields).length > 0 && { fields }) }
}

/** One thing by its name, with one of the values. */
export function one<Name extends string, const T>(name: Name, ...values: readonly T[]) {
  return fc.constantFrom(...values).map((value) => ({ [name]: value }) as Readonly<Record<Name, T>>)
}

/** A field line, with one of the values. */
export function field(name: string, ...values: readonly string[]) {
  return one('fields', ...values.map((value): Readonly<Record<string, string>> => ({ [name]: value })))
}
