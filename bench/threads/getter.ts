/** What a rival of the miss has to do: get a URL that nobody has asked for, with its body, on this thread. */

export interface Getter {
  /** How many bytes the body has; all of them are in this thread by then. */
  get(url: string): number | Promise<number>
  close(): void | Promise<void>
}
