import { expect, test } from 'bun:test'
import { shippedBy, stepsOf } from '../../src/domain/redeploy.ts'
import { aStep } from './definitions.ts'

test('a redeploy goes to its environment alone, any other execution to all that its workflow names', () => {
  const deploy = [aStep(), aStep({ environment: 'production' })]

  expect(stepsOf({ deploy }, null)).toEqual(deploy)
  expect(stepsOf({ deploy }, 'production').map((step) => step.environment)).toEqual(['production'])
})

test('what is shipped is the image that was handed on last, and nothing where none was', () => {
  const outputs = (values: object) => ({ outputs: JSON.stringify(values) })
  const pushed = outputs({ PERIPLUS_IMAGE: 'shop/storefront', PERIPLUS_IMAGE_DIGEST: 'sha256:91d4' })

  expect(shippedBy([{ outputs: null }, outputs({ version: '3' })])).toEqual({ image: null, digest: null })
  expect(shippedBy([outputs({ PERIPLUS_IMAGE_DIGEST: 'sha256:0' }), pushed, { outputs: null }])).toEqual({
    image: 'shop/storefront',
    digest: 'sha256:91d4',
  })
})
