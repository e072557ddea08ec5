/** The objects that the model of the transactions has stored, and their rules: flat lists, searched from the start each time. */

import { type Mark, type ModelObject, type Place, same } from './model-records.js'

export class Shelf {
  objects: ModelObject[] = []
  marks: Mark[] = []
  /** Rules per key, newest first. */
  readonly #rules = new Map<string, string[]>()

  rulesOf(key: string): readonly string[] {
    return this.#rules.get(key) ?? []
  }

  put(object: ModelObject): void {
    this.clear(object)
    this.#newest(object)
    object.stored = true
    this.objects.push(object)
  }

  remove(object: ModelObject): void {
    object.stored = false
    this.objects = this.objects.filter((each) => each !== object)
  }

  mark(mark: Mark): void {
    this.clear(mark)
    this.#newest(mark)
    this.marks.push(mark)
  }

  /** Leaves the object there. */
  markBeside(mark: Mark): void {
    this.unmark(mark)
    this.know(mark)
    this.marks.push(mark)
  }

  unmark(place: Place): void {
    this.marks = this.marks.filter((mark) => !same(mark, place))
  }

  clear(place: Place): void {
    for (const object of this.objects.filter((each) => same(each, place))) this.remove(object)
    this.unmark(place)
  }

  /** Something is under that rule, though nothing is stored. */
  know(place: Place): void {
    if (!this.rulesOf(place.key).includes(place.rule)) this.#newest(place)
  }

  /** A rule is forgotten with the last thing under it. */
  sweep(duties: readonly Place[]): void {
    const used: readonly Place[] = [...this.objects, ...this.marks, ...duties]
    for (const [key, rules] of this.#rules) {
      this.#rules.set(
        key,
        rules.filter((rule) => used.some((place) => place.key === key && place.rule === rule)),
      )
    }
  }

  #newest({ key, rule }: Place): void {
    this.#rules.set(key, [rule, ...this.rulesOf(key).filter((each) => each !== rule)])
  }
}
