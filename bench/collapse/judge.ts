/** Compares what a test expects with its outcome: lists the differences in words, and computes the times of the followers. Pure. */

import type { Observation } from './caller.js'
import { type CollapseTest, type Count, PAUSE_MS } from './declaration.js'
import type { Outcome } from './play.js'

/** Over callers, in milliseconds from the opening of the gate, or from the request of the caller if that came later. */
export interface Times {
  readonly p50: number
  readonly max: number
}

export interface Verdict {
  /** The differences from what was expected, each listed once with its count; empty if the test passed. */
  readonly instead: readonly string[]
  readonly originRequests: number
  /** The times to the last byte of the followers; `undefined` if no follower got an answer. */
  readonly end: Times | undefined
  /** The times to the first byte of the body, likewise. */
  readonly firstByte: Times | undefined
}

/** `slackMs` is added to the limit of `expected_rounds`, because the machine may be busy. */
export function judge(test: CollapseTest, outcome: Outcome, slackMs: number): Verdict {
  const followers = outcome.observations.filter(({ crowd }) => crowd.sends !== 'first' && !crowd.leaves && !crowd.reads)
  const answered = followers.filter(({ end }) => end === 'whole' || end === 'broken')
  return {
    instead: [...aboutCallers(test, outcome, slackMs), ...aboutOrigin(test, outcome)],
    originRequests: outcome.ledger.requests.length,
    end: times(answered.map((observation) => waited(observation, observation.endAt, outcome))),
    firstByte: times(
      answered
        .filter(({ bytes }) => bytes > 0)
        .map((observation) => waited(observation, observation.firstByteAt, outcome)),
    ),
  }
}

function aboutCallers(test: CollapseTest, outcome: Outcome, slackMs: number): string[] {
  const staying = outcome.observations.filter(({ crowd }) => crowd.leaves === undefined)
  const complaints = staying.flatMap((observation) => [
    ...aboutAnswer(observation),
    ...aboutHeaders(observation),
    ...aboutTime(test, observation, outcome, slackMs),
  ])
  return [...counted(complaints), ...aboutDifference(test, staying)]
}

function aboutAnswer({ crowd, n, end, status, body, bytes }: Observation): string[] {
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

/** The statuses by which a gateway says that it has no good answer from the origin. */
const GATEWAY_STATUSES = [502, 503, 504]

function aboutHeaders({ crowd, end, headers }: Observation): string[] {
  if (end !== 'whole') return []
  const { expected_response_headers: fields = [] } = crowd
  return fields.filter(([name, value]) => headers[name] !== value).map(([name]) => `got ${name}: ${headers[name]}`)
}

function aboutTime({ responses }: CollapseTest, observation: Observation, outcome: Outcome, slackMs: number): string[] {
  const { expected_rounds: rounds, expected_first_byte: early } = observation.crowd
  const { response_pause: pause = PAUSE_MS, response_body_pause: bodyPause = 0 } = responses[0] ?? {}
  const isLate =
    rounds !== undefined && waited(observation, observation.endAt, outcome) > rounds * (pause + bodyPause) + slackMs
  const isLastToBegin = early !== undefined && !(observation.firstByteAt - outcome.gateOpenedAt < pause + bodyPause)
  return [...(isLate ? ['were late'] : []), ...(isLastToBegin ? ['got nothing of the body before its end'] : [])]
}

function aboutDifference({ expected_different: what }: CollapseTest, observations: readonly Observation[]): string[] {
  if (what === undefined) return []
  const values = observations.map(({ body, headers }) => (what === 'body' ? body : String(headers[what.field])))
  const shared = values.length - new Set(values).size
  return shared === 0 ? [] : [`${shared} got what another got`]
}

function aboutOrigin(test: CollapseTest, { ledger, observations }: Outcome): string[] {
  const { requests, mostAtOnce } = ledger
  const { expected_origin_methods: methods = {}, expected_request_headers: fields = [] } = test
  const asked = (method: string) =>
    observations.filter(({ crowd }) => (crowd.request_method ?? 'GET') === method).length
  return [
    ...miscounted('origin requests', test.expected_origin_requests, requests.length, observations.length),
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

function ofMethod(requests: Outcome['ledger']['requests'], method: string): number {
  return requests.filter((request) => request.method === method).length
}

/** How long a caller had waited at the time `at`. A time before the opening of the gate counts from the caller's request. */
function waited({ sentAt }: Observation, at: number, { gateOpenedAt }: Outcome): number {
  return at - (at < gateOpenedAt ? sentAt : Math.max(sentAt, gateOpenedAt))
}

function times(all: readonly number[]): Times | undefined {
  if (all.length === 0) return undefined
  const sorted = [...all].sort((a, b) => a - b)
  return { p50: sorted[sorted.length >> 1] as number, max: sorted.at(-1) as number }
}

/** Equal complaints become one, with their count in front. */
function counted(complaints: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const each of complaints) counts.set(each, (counts.get(each) ?? 0) + 1)
  return [...counts].map(([what, count]) => `${count} ${what}`)
}
