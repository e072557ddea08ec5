/** Where pages come from: what every origin can do. */

export interface Page {
  readonly url: string
  readonly content: Uint8Array
}

/** A page that is kept back, where the origin can be told to. */
export interface Gate {
  readonly keeps: 'the page' | 'nothing'
  open(): Promise<void>
}

export interface Origin {
  /** The page of the scenes that need no other, read past any cache. */
  page(signal: AbortSignal): Promise<Page>
  /** Requests for pages so far. */
  requests(): Promise<number>
  /** Answers no request for `url` until the gate is opened, if it can be told to. */
  hold(url: string): Promise<Gate>
}
