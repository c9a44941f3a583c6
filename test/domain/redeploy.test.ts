import { expect, test } from 'bun:test'
import { shippedBy, stepsOf } from '../../src/domain/redeploy.ts'
import { aStep } from './definitions.ts'

test('a redeploy goes to its environment alone, any other execution to all that its workflow names', () => {
  const deploy = [aStep(), aStep({ environment: 'production' })]

  expect(stepsOf({ deploy }, null)).toEqual(deploy)
  expect(stepsOf({ deploy }, 'production').map((step) => step.environment)).toEqual(['production'])
})

test('what is shipped is the image that was pushed, and nothing where none was', () => {
  const said = (phase: 'build' | 'push', values: object) => ({ phase, outputs: JSON.stringify(values) })
  const pushed = said('push', { image: 'shop/storefront@sha256:91d4', digest: 'sha256:91d4' })

  expect(shippedBy([{ phase: 'push', outputs: null }, said('build', { digest: '3' })])).toEqual({
    image: null,
    digest: null,
  })
  expect(shippedBy([said('build', { digest: '3' }), pushed, { phase: 'deploy', outputs: null }])).toEqual({
    image: 'shop/storefront@sha256:91d4',
    digest: 'sha256:91d4',
  })
})
