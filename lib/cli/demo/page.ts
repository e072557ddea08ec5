/** What the tour needs of every origin. Types only. */

export interface Page {
  readonly url: string
  readonly content: Uint8Array
}

/** Holds a page back. With an origin that cannot be told to, it keeps nothing. */
export interface Gate {
  readonly keeps: 'the page' | 'nothing'
  open(): Promise<void>
}

export interface Origin {
  /** The page that most scenes ask for. Its content is not read through the cache. */
  page(signal: AbortSignal): Promise<Page>
  /** How many requests for pages have come so far. */
  requests(): Promise<number>
  /** Holds back the answers to requests for `url` until the gate is opened, if the origin can be told to. */
  hold(url: string): Promise<Gate>
}
