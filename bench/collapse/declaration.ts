/** What a test of the suite declares: what callers ask, what the origin answers, what each is to see. Data, and no code. */

export type Fields = readonly (readonly [name: string, value: string])[]

/** `required`: a cache that collapses owes it to its callers; `optimal`: a good one does it. */
export type Kind = 'required' | 'optimal'

/** How long the origin takes for a head, unless a test says otherwise. Milliseconds. */
export const PAUSE_MS = 100

/**
 * What the origin answers. `{nth}` in a value or in the body is the number of the request, from 1; any other name in braces
 * is that field of the request.
 */
export interface OriginAnswer {
  /** 200 by default. A 304 goes to a conditional request alone, any other gets the body. */
  readonly response_status?: number
  readonly response_headers?: Fields
  /** Milliseconds before the head: since the request, or since the last of the callers has sent its own if that is later. */
  readonly response_pause?: number
  /** `answer {nth}` by default. */
  readonly response_body?: string
  /** So many bytes in place of `response_body`. */
  readonly response_body_bytes?: number
  /** `length` by default. */
  readonly response_framing?: 'length' | 'chunked'
  /** Milliseconds between the first half of the body and the rest; without it all goes out at once. */
  readonly response_body_pause?: number
  /** Breaks the connection in place of the head, or of the rest of the body. */
  readonly response_fault?: 'no head' | 'half a body'
}

/** Some callers who ask alike, each on a connection of its own, and what each of them is to see. */
export interface Crowd {
  /** How many; crowds without it divide what is left. */
  readonly callers?: number
  /** `first`: its request is at the origin before any other is sent; `late`: once the first caller reads the body. */
  readonly sends?: 'first' | 'together' | 'late'
  readonly request_method?: string
  /** `{n}` in a value is the number of the caller. */
  readonly request_headers?: Fields
  readonly request_body?: string
  /** Breaks its connection: while it waits, with all the others waiting too, or with its first bytes of the body. */
  readonly leaves?: 'waiting' | 'reading'
  /** Reads nothing of the body until all the others are done. */
  readonly reads?: 'last'

  /** Any of them; 200 by default. */
  readonly expected_status?: number | readonly number[]
  /** Octet for octet, `{n}` as above. */
  readonly expected_body?: string
  readonly expected_body_bytes?: number
  readonly expected_response_headers?: Fields
  /** `whole` by default. `broken`: it must notice that there is no whole answer; a gateway's error says so too. */
  readonly expected_end?: 'whole' | 'broken'
  /** Its answer is whole within so many times the origin's pause after all have sent, and the slack of the run. */
  readonly expected_rounds?: number
  /** Its first bytes of the body come before the origin has sent the last. */
  readonly expected_first_byte?: 'before the end'
}

/** One request before the crowd, to its end. */
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
  /** The paragraph the rule rests on. */
  readonly spec?: string
  readonly setup?: readonly Setup[]
  /** Milliseconds between the end of the setup and the crowd. */
  readonly pause_after_setup?: number
  readonly requests: readonly Crowd[]
  /** The first request of the crowd that reaches the origin gets the first, and so on; the last is for all that follow. */
  readonly responses: readonly OriginAnswer[]
  /** How many requests of the crowd reach the origin. */
  readonly expected_origin_requests?: Count
  /** Of these methods alone, where a test says more than their sum. */
  readonly expected_origin_methods?: Readonly<Record<string, Count>>
  /** A tenth of them or more are at the origin at one time: they do not come one after another. */
  readonly expected_at_once?: 'many'
  /** Each of the requests has these fields. */
  readonly expected_request_headers?: readonly string[]
  /** No two callers get the same body, or the same value of this field. */
  readonly expected_different?: 'body' | { readonly field: string }
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly tests: readonly CollapseTest[]
}
