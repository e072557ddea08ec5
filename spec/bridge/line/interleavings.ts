/** A model of the doorbell, and every order in which its two threads can step: whether any leaves a reader asleep beside unread mail. */

/** What is done in the wrong order, or not at all. */
export type Fault =
  | 'none'
  | 'looks before it goes to rest'
  | 'looks before it says that it blocks'
  | 'wakes before it writes'
  | 'answers the bell after it looked'
  | 'never answers the bell'
  | 'does not notify'
  | 'rings only while there is more to write'

type WriterStep = 'write' | 'exchange' | 'notify' | 'bell' | 'post' | 'done'
type ReaderStep =
  | 'read'
  | 'rest'
  | 'look'
  | 'in its event loop'
  | 'answer'
  | 'say that it spins'
  | 'look before it spins'
  | 'spin'
  | 'say that it blocks'
  | 'look once more'
  | 'wait'
  | 'blocked'
  | 'unblock'

interface Model {
  readonly written: number
  readonly read: number
  readonly state: 'awake' | 'sleeping' | 'spinning' | 'blocked'
  readonly bell: 'quiet' | 'rung'
  /** Rings on their way through the port. */
  readonly rings: number
  readonly left: number
  readonly writer: WriterStep
  readonly reader: ReaderStep
}

export interface Exploration {
  readonly states: number
  /** Steps that lead to a reader asleep for ever beside unread mail. */
  readonly lost: readonly string[] | undefined
  readonly mostRings: number
}

/** Explores `messages` written, one for each ring or several, while the reader reads, rests and blocks as it pleases. */
export function explore(messages: number, fault: Fault = 'none'): Exploration {
  const start: Model = {
    written: 0,
    read: 0,
    state: 'awake',
    bell: 'quiet',
    rings: 0,
    left: messages,
    writer: fault === 'wakes before it writes' ? 'exchange' : 'write',
    reader: 'read',
  }
  const seen = new Set<string>()
  const open: { readonly model: Model; readonly way: readonly string[] }[] = [{ model: start, way: [] }]
  let mostRings = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { model, way } = next
    const key = JSON.stringify(model)
    if (seen.has(key)) continue
    seen.add(key)
    mostRings = Math.max(mostRings, model.rings)
    const after = [...writerMoves(model, fault), ...readerMoves(model, fault)]
    if (after.length === 0 && model.read < messages) return { states: seen.size, lost: way, mostRings }
    for (const to of after) open.push({ model: to, way: [...way, `${to.writer} / ${to.reader}`] })
  }
  return { states: seen.size, lost: undefined, mostRings }
}

function writerMoves(model: Model, fault: Fault): Model[] {
  const hasty = fault === 'wakes before it writes'
  /** The wake-up is done. */
  const woken = (change: Partial<Model> = {}): Model => {
    const writer = hasty || model.left > 0 ? 'write' : 'done'
    return { ...model, ...change, writer }
  }
  switch (model.writer) {
    case 'write': {
      const written = { ...model, written: model.written + 1, left: model.left - 1 }
      const isLast = written.left === 0
      if (hasty) return [{ ...written, writer: isLast ? 'done' : 'exchange' }]
      if (isLast && fault === 'rings only while there is more to write') return [{ ...written, writer: 'done' }]
      const rings: Model = { ...written, writer: 'exchange' }
      return isLast ? [rings] : [rings, { ...written, writer: 'write' }]
    }
    case 'exchange': {
      const { state } = model
      if (state === 'awake') return [woken()]
      if (state === 'spinning') return [woken({ state: 'awake' })]
      return [{ ...model, state: 'awake', writer: state === 'blocked' ? 'notify' : 'bell' }]
    }
    case 'notify':
      return [woken(model.reader === 'blocked' && fault !== 'does not notify' ? { reader: 'unblock' } : {})]
    case 'bell':
      return model.bell === 'quiet' ? [{ ...model, bell: 'rung', writer: 'post' }] : [woken()]
    case 'post':
      return [woken({ rings: model.rings + 1 })]
    case 'done':
      return []
  }
}

/** A blocked reader has no timeout here: it would hide a wake-up that was lost. */
function readerMoves(model: Model, fault: Fault): Model[] {
  const go = (reader: ReaderStep, change: Partial<Model> = {}): Model[] => [{ ...model, ...change, reader }]
  const hasMail = model.read < model.written
  const blocks = fault === 'looks before it says that it blocks' ? 'look once more' : 'say that it blocks'
  const asleep: ReaderStep[] = ['in its event loop', 'say that it spins', blocks]
  switch (model.reader) {
    case 'read':
      if (hasMail) return go('read', { read: model.read + 1 })
      return go(fault === 'looks before it goes to rest' ? 'look' : 'rest')
    case 'rest':
      if (fault !== 'looks before it goes to rest') return go('look', { state: 'sleeping' })
      return asleep.flatMap((reader) => go(reader, { state: 'sleeping' }))
    case 'look':
      if (hasMail) return go('read')
      return fault === 'looks before it goes to rest' ? go('rest') : asleep.flatMap((reader) => go(reader))
    case 'in its event loop':
      if (model.rings === 0) return []
      if (fault === 'never answers the bell') return go('read', { rings: model.rings - 1 })
      if (fault === 'answers the bell after it looked' && !hasMail) return go('answer', { rings: model.rings - 1 })
      if (fault === 'answers the bell after it looked') return go('read', { rings: model.rings - 1, bell: 'quiet' })
      return go('answer', { rings: model.rings - 1 })
    case 'answer':
      if (fault === 'answers the bell after it looked') return go('in its event loop', { bell: 'quiet' })
      return go('read', { bell: 'quiet' })
    case 'say that it spins':
      return go('look before it spins', { state: 'spinning' })
    case 'look before it spins':
      return go(hasMail ? 'unblock' : 'spin')
    case 'spin':
      return go(model.state === 'spinning' ? blocks : 'unblock')
    case 'say that it blocks':
      return go(fault === 'looks before it says that it blocks' ? 'wait' : 'look once more', { state: 'blocked' })
    case 'look once more':
      if (hasMail) return go('unblock')
      return go(fault === 'looks before it says that it blocks' ? 'say that it blocks' : 'wait')
    case 'wait':
      return go(model.state === 'blocked' ? 'blocked' : 'unblock')
    case 'blocked':
      return []
    case 'unblock':
      return go('read', { state: 'sleeping' })
  }
}
