/** The types of a test declaration: what callers request, what the origin answers, and what each is expected to get. */

export type Fields = readonly (readonly [name: string, value: string])[]

/** `required`: every cache that collapses requests has to do it; `optimal`: a good one does it. */
export type Kind = 'required' | 'optimal'

/** Milliseconds that the origin takes for a head, unless the test gives a `response_pause`. */
export const PAUSE_MS = 100

/**
 * What the origin answers. In a field value and in the body, `{nth}` stands for the number of the request at the origin, from 1,
 * and any other name in braces for the request's field of that name.
 */
export interface OriginAnswer {
  /** 200 by default. Only a conditional request gets a 304; any other request gets a 200 with the body instead. */
  readonly response_status?: number
  readonly response_headers?: Fields
  /** Milliseconds before the head, from the arrival of the request or from the opening of the gate, whichever is later. */
  readonly response_pause?: number
  /** `answer {nth}` by default. */
  readonly response_body?: string
  /** A body of this length, in place of `response_body`. */
  readonly response_body_bytes?: number
  /** `length` by default. */
  readonly response_framing?: 'length' | 'chunked'
  /** Milliseconds between the first half of the body and the rest; without it the body is sent at once. */
  readonly response_body_pause?: number
  /** Closes the connection in place of sending the head, or in place of sending the second half of the body. */
  readonly response_fault?: 'no head' | 'half a body'
}

/** Callers that send the same kind of request, each on a connection of its own, and what each of them is expected to get. */
export interface Crowd {
  /** The number of callers. Crowds without it share the callers that are left, evenly. */
  readonly callers?: number
  /** `first`: at the origin before others are sent; `late`: once a `first` caller reads the body. `together` by default. */
  readonly sends?: 'first' | 'together' | 'late'
  readonly request_method?: string
  /** In a value, `{n}` stands for the number of the caller. */
  readonly request_headers?: Fields
  readonly request_body?: string
  /** The caller closes its connection: while it waits, as all others do, or when it gets the first bytes of the body. */
  readonly leaves?: 'waiting' | 'reading'
  /** The caller reads nothing of the body until all others are done. */
  readonly reads?: 'last'

  /** Any of these; 200 by default. */
  readonly expected_status?: number | readonly number[]
  /** The exact body, with `{n}` as above. */
  readonly expected_body?: string
  readonly expected_body_bytes?: number
  readonly expected_response_headers?: Fields
  /** `whole` by default. `broken`: the caller can notice that the answer is not whole, if only by a 502, 503 or 504. */
  readonly expected_end?: 'whole' | 'broken'
  /** The answer is whole within so many times the origin's pauses, plus slack, after the gate opened or a later request. */
  readonly expected_rounds?: number
  /** The first bytes of the body reach the caller before the origin has sent the last. */
  readonly expected_first_byte?: 'before the end'
}

/** One request that is sent, and ends, before the crowds send theirs. */
export interface Setup {
  readonly request_method?: string
  readonly request_headers?: Fields
  readonly response: OriginAnswer
}

export type Count = number | readonly [least: number, most: number] | 'one per caller'

export interface CollapseTest {
  readonly id: string
  /** The rule it tests. */
  readonly name: string
  readonly kind: Kind
  /** The section that the rule comes from. */
  readonly spec?: string
  readonly setup?: readonly Setup[]
  /** Milliseconds between the end of the setup and the requests of the crowds. */
  readonly pause_after_setup?: number
  readonly requests: readonly Crowd[]
  /** The nth request of the crowds that reaches the origin gets the nth of these, later ones the last. */
  readonly responses: readonly OriginAnswer[]
  /** The number of requests of the crowds that reach the origin. */
  readonly expected_origin_requests?: Count
  /** The same number, for each of these methods alone. */
  readonly expected_origin_methods?: Readonly<Record<string, Count>>
  /** A tenth of the requests, and two at least, are at the origin at one time: they do not come one after another. */
  readonly expected_at_once?: 'many'
  /** The fields that every origin request must have. */
  readonly expected_request_headers?: readonly string[]
  /** No two callers get the same body, or the same value of this field. */
  readonly expected_different?: 'body' | { readonly field: string }
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly tests: readonly CollapseTest[]
}
