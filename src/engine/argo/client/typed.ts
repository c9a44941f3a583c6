import {
  type Configuration,
  createConfiguration,
  ResponseContext,
  SelfDecodingBody,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
import type { Transport } from './transport.ts'

/** Lets the generated classes of Kubernetes’ client speak by our transport; what they are handed is JSON, and a success. */
export function typedOver(transport: Transport): Configuration {
  return createConfiguration({
    // Where the server is, the transport knows; here it only has to be an address.
    baseServer: new ServerConfiguration('https://cluster', {}),
    httpApi: wrapHttpLibrary({
      async send(request) {
        const { pathname, search } = new URL(request.getUrl())
        const body = request.getBody()
        const contentType = request.getHeaders()['Content-Type']
        const value = await transport.json({
          method: request.getHttpMethod(),
          path: pathname + search,
          ...(typeof body === 'string' && { body }),
          ...(contentType !== undefined && { contentType }),
        })
        const text = JSON.stringify(value)
        return new ResponseContext(
          200,
          { 'content-type': 'application/json' },
          new SelfDecodingBody(Promise.resolve(Buffer.from(text))),
        )
      },
    }),
  })
}
