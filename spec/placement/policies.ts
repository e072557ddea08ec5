/** The policies that programs are played under: both presets, and what neither of them chooses. */

import type { PolicyChoice } from '../../lib/index.js'

export const POLICIES = {
  rfc9111: 'rfc9111',
  fastly: 'fastly',
  'single choices': {
    markerMode: 'pass',
    onDeclined: 'promote-one',
    onFailed: 'promote-one',
    shareUnfresh: false,
    mismatchedValidator: 'refetch',
    rangeOnMiss: 'forward',
    transformLeader: false,
    setCookie: 'share',
    purgeGeneration: false,
    varyNormalization: 'by-selection',
  },
} as const satisfies Readonly<Record<string, PolicyChoice>>

export type PolicyName = keyof typeof POLICIES

export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[]
