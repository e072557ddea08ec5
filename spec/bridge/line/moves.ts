/** A model of a line whose ring is replaced while messages lie in it, and every way its two threads can take turns. */

/** What is done in the wrong order, or not at all. */
export type MoveFault =
  | 'none'
  | 'moves when the move has come, not when its turn has'
  | 'writes into the new ring before it says so'
  | 'reads whatever the ring has next'
  | 'counts what it posts before it is posted'

/** Frames a ring has room for: the first is the initial ring. */
const ROOM = [1, 2] as const
type Place = 0 | 1

interface Posted {
  readonly number: number
  /** Where frames lie from the next message on; none where it is a message itself. */
  readonly to: Place | undefined
}

interface Model {
  /** What lies in each ring: numbers of messages. */
  readonly rings: readonly [readonly number[], readonly number[]]
  /** On its way through the port, in order. */
  readonly port: readonly Posted[]
  readonly counted: number
  readonly next: number
  readonly left: number
  readonly writesTo: Place
  /** A post that is made and not counted, or counted and not made. */
  readonly owed: 'nothing' | 'count' | Posted
  readonly readsFrom: Place
  readonly expected: number
  readonly taken: number
  readonly early: readonly Posted[]
  /** Numbers of real messages, in the order they were sent and received. */
  readonly sent: readonly number[]
  readonly received: readonly number[]
}

export interface MoveExploration {
  readonly states: number
  /** Steps that end in a message that is lost or out of order. */
  readonly wrong: readonly string[] | undefined
  readonly moves: number
}

/** Explores `messages` sent by ring or by port as they find room, with a move wherever one could be. */
export function exploreMoves(messages: number, fault: MoveFault = 'none'): MoveExploration {
  const start: Model = {
    rings: [[], []],
    port: [],
    counted: 0,
    next: 0,
    left: messages,
    writesTo: 0,
    owed: 'nothing',
    readsFrom: 0,
    expected: 0,
    taken: 0,
    early: [],
    sent: [],
    received: [],
  }
  const seen = new Set<string>()
  const open: { readonly model: Model; readonly way: readonly string[] }[] = [{ model: start, way: [] }]
  let moves = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { model, way } = next
    const key = JSON.stringify(model)
    if (seen.has(key)) continue
    seen.add(key)
    const after = [...writerMoves(model, fault), ...readerMoves(model, fault)]
    moves += after.filter(([step]) => step.startsWith('move')).length
    const isInOrder = model.received.every((number, at) => number === model.sent[at])
    const isStuck = after.length === 0 && model.received.length < messages
    if (!isInOrder || isStuck) return { states: seen.size, wrong: way, moves }
    for (const [step, to] of after) open.push({ model: to, way: [...way, step] })
  }
  return { states: seen.size, wrong: undefined, moves }
}

type Step = readonly [name: string, to: Model]

function writerMoves(model: Model, fault: MoveFault): Step[] {
  const { next, writesTo, owed, rings } = model
  if (owed === 'count') return [['count', { ...model, owed: 'nothing', counted: model.counted + 1 }]]
  if (owed !== 'nothing') return [['post at last', { ...model, owed: 'nothing', port: [...model.port, owed] }]]
  if (model.left === 0) return []
  const post = (posted: Posted, change: Partial<Model>): Model =>
    fault === 'counts what it posts before it is posted'
      ? { ...model, ...change, next: next + 1, counted: model.counted + 1, owed: posted }
      : { ...model, ...change, next: next + 1, port: [...model.port, posted], owed: 'count' }
  const said = { left: model.left - 1, sent: [...model.sent, next] }
  const steps: Step[] = [['send by port', post({ number: next, to: undefined }, said)]]
  const to: Place = writesTo === 0 ? 1 : 0
  if (fault === 'writes into the new ring before it says so') {
    const moved = post({ number: next + 1, to }, said)
    if (rings[to].length < ROOM[to])
      steps.push(['move too late', { ...moved, next: next + 2, writesTo: to, rings: put(rings, to, next) }])
  } else if (next < 6) steps.push(['move', post({ number: next, to }, { writesTo: to })])
  if (rings[writesTo].length < ROOM[writesTo])
    steps.push(['send by ring', { ...model, ...said, next: next + 1, rings: put(rings, writesTo, next) }])
  return steps
}

/** The steps of `receive`, each of them one look at what the other side writes; the event loop may bring what was posted before any. */
function readerMoves(model: Model, fault: MoveFault): Step[] {
  return [...receives(model, fault), ...arrives(model, fault)]
}

function receives(model: Model, fault: MoveFault): Step[] {
  const { rings, readsFrom, expected, early } = model
  const [head] = rings[readsFrom]
  if (head !== undefined && (head === expected || fault === 'reads whatever the ring has next'))
    return [
      ['read', { ...model, rings: take(rings, readsFrom), expected: head + 1, received: [...model.received, head] }],
    ]
  const turn = early.find(({ number }) => number === expected)
  if (turn !== undefined) {
    const rest = { ...model, early: early.filter((each) => each !== turn), expected: expected + 1 }
    if (turn.to === undefined) return [['take', { ...rest, received: [...model.received, expected] }]]
    return [['follow', { ...rest, readsFrom: turn.to }]]
  }
  // What was counted and is not there: the other side is taken to have died, and nothing more is received.
  if (model.port.length === 0 && model.counted > model.taken)
    return [['give up', { ...model, expected: -1, taken: model.counted }]]
  return []
}

function arrives(model: Model, fault: MoveFault): Step[] {
  const [posted] = model.port
  if (posted === undefined) return []
  const arrived = {
    ...model,
    port: model.port.slice(1),
    taken: model.taken + 1,
    early: [...model.early, posted],
  }
  if (fault === 'moves when the move has come, not when its turn has' && posted.to !== undefined)
    return [['arrive', { ...arrived, readsFrom: posted.to }]]
  return [['arrive', arrived]]
}

function put(rings: Model['rings'], place: Place, number: number): Model['rings'] {
  return place === 0 ? [[...rings[0], number], rings[1]] : [rings[0], [...rings[1], number]]
}

function take(rings: Model['rings'], place: Place): Model['rings'] {
  return place === 0 ? [rings[0].slice(1), rings[1]] : [rings[0], rings[1].slice(1)]
}
