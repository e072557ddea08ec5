/** What a test expects, beside what was seen: what went otherwise, in words, and the times of those who followed. Pure. */

import type { Sight } from './caller.js'
import { type CollapseTest, type Count, PAUSE_MS } from './declaration.js'
import type { Seen } from './play.js'

/** Milliseconds from the moment the origin was free to answer, or from its own request where that came later. */
export interface Times {
  readonly p50: number
  readonly max: number
}

export interface Verdict {
  /** What went otherwise, each at most once; nothing, where the test has passed. */
  readonly instead: readonly string[]
  readonly originRequests: number
  /** To the last byte of those who followed; `undefined` where nobody got so far. */
  readonly end: Times | undefined
  readonly firstByte: Times | undefined
}

/** `slackMs` is what a busy machine may add to any time. */
export function judge(test: CollapseTest, seen: Seen, slackMs: number): Verdict {
  const followers = seen.sights.filter(({ crowd }) => crowd.sends !== 'first' && !crowd.leaves && !crowd.reads)
  const whole = followers.filter(({ end }) => end === 'whole' || end === 'broken')
  return {
    instead: [...aboutCallers(test, seen, slackMs), ...aboutOrigin(test, seen)],
    originRequests: seen.ledger.requests.length,
    end: times(whole.map((sight) => waited(sight, sight.endAt, seen))),
    firstByte: times(whole.filter(({ bytes }) => bytes > 0).map((sight) => waited(sight, sight.firstByteAt, seen))),
  }
}

function aboutCallers(test: CollapseTest, seen: Seen, slackMs: number): string[] {
  const staying = seen.sights.filter(({ crowd }) => crowd.leaves === undefined)
  const complaints = staying.flatMap((sight) => [
    ...aboutAnswer(sight),
    ...aboutHeaders(sight),
    ...aboutTime(test, sight, seen, slackMs),
  ])
  return [...counted(complaints), ...aboutDifference(test, staying)]
}

function aboutAnswer({ crowd, n, end, status, body, bytes }: Sight): string[] {
  const { expected_end: ending = 'whole', expected_status: statuses = 200 } = crowd
  const { expected_body: text, expected_body_bytes: length } = crowd
  if (end === 'never') return ['had no end when time was up']
  if (ending === 'broken' && (end !== 'whole' || GATEWAY_STATUSES.includes(status))) return []
  if (end !== 'whole') return [end === 'nothing' ? 'got no answer' : 'got a broken body']
  if (ending === 'broken') return [`got ${bytes} bytes as a whole body`]
  if (![statuses].flat().includes(status)) return [`got ${status}`]
  if (text !== undefined && body !== text.replaceAll('{n}', String(n))) return ['got another body']
  if (length !== undefined && bytes !== length) return [`got ${bytes} bytes`]
  return []
}

/** What a gateway answers that has nothing better. */
const GATEWAY_STATUSES = [502, 503, 504]

function aboutHeaders({ crowd, end, headers }: Sight): string[] {
  if (end !== 'whole') return []
  const { expected_response_headers: fields = [] } = crowd
  return fields.filter(([name, value]) => headers[name] !== value).map(([name]) => `got ${name}: ${headers[name]}`)
}

function aboutTime({ responses }: CollapseTest, sight: Sight, seen: Seen, slackMs: number): string[] {
  const { expected_rounds: rounds, expected_first_byte: early } = sight.crowd
  const { response_pause: pause = PAUSE_MS, response_body_pause: bodyPause = 0 } = responses[0] ?? {}
  const isLate = rounds !== undefined && waited(sight, sight.endAt, seen) > rounds * (pause + bodyPause) + slackMs
  const isLastToBegin = early !== undefined && !(sight.firstByteAt - seen.openAt < pause + bodyPause)
  return [...(isLate ? ['were late'] : []), ...(isLastToBegin ? ['got nothing of the body before its end'] : [])]
}

function aboutDifference({ expected_different: what }: CollapseTest, sights: readonly Sight[]): string[] {
  if (what === undefined) return []
  const values = sights.map(({ body, headers }) => (what === 'body' ? body : String(headers[what.field])))
  const shared = values.length - new Set(values).size
  return shared === 0 ? [] : [`${shared} got what another got`]
}

function aboutOrigin(test: CollapseTest, { ledger, sights }: Seen): string[] {
  const { requests, mostAtOnce } = ledger
  const { expected_origin_methods: methods = {}, expected_request_headers: fields = [] } = test
  const asked = (method: string) => sights.filter(({ crowd }) => (crowd.request_method ?? 'GET') === method).length
  return [
    ...miscounted('origin requests', test.expected_origin_requests, requests.length, sights.length),
    ...Object.entries(methods).flatMap(([method, count]) =>
      miscounted(`${method} at the origin`, count, ofMethod(requests, method), asked(method)),
    ),
    ...fields
      .filter((name) => requests.some((request) => !request.fields.includes(name)))
      .map((name) => `an origin request without ${name}`),
    ...(test.expected_at_once === 'many' && mostAtOnce < Math.max(2, requests.length / 10)
      ? [`${mostAtOnce} at the origin at one time`]
      : []),
  ]
}

function miscounted(what: string, expected: Count | undefined, count: number, callers: number): string[] {
  if (expected === undefined) return []
  const [least, most] =
    expected === 'one per caller' ? [callers, callers] : typeof expected === 'number' ? [expected, expected] : expected
  return count >= least && count <= most ? [] : [`${count} ${what}`]
}

function ofMethod(requests: Seen['ledger']['requests'], method: string): number {
  return requests.filter((request) => request.method === method).length
}

function waited({ sentAt }: Sight, at: number, { openAt }: Seen): number {
  return at - (at < openAt ? sentAt : Math.max(sentAt, openAt))
}

function times(all: readonly number[]): Times | undefined {
  if (all.length === 0) return undefined
  const sorted = [...all].sort((a, b) => a - b)
  return { p50: sorted[sorted.length >> 1] as number, max: sorted.at(-1) as number }
}

/** Those who complain alike are counted. */
function counted(complaints: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const each of complaints) counts.set(each, (counts.get(each) ?? 0) + 1)
  return [...counts].map(([what, count]) => `${count} ${what}`)
}
