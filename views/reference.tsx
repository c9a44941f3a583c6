import { page } from './layout.tsx'
import type { Frame } from './model.ts'

/** One endpoint of the JSON interface, as its table has it. */
export interface EndpointLine {
  readonly method: string
  readonly path: string
  /** What may be asked: names of the query's or the body's fields. */
  readonly fields: readonly string[]
  readonly role: string
  readonly help: string
}

interface ReferenceProps {
  readonly endpoints: readonly EndpointLine[]
  /** Where the whole description stands for programs. */
  readonly document: string
}

/** The JSON interface, readable: every endpoint, who may ask it, and what for. */
export function referencePage(frame: Frame, p: ReferenceProps): string {
  return page(
    frame,
    { title: 'JSON API', live: null, name: 'reference' },
    <>
      <div class="head">
        <div>
          <h1>JSON API</h1>
          <p class="sub">
            Everything the pages can do. Programs read{' '}
            <a class="u" href={p.document}>
              {p.document}
            </a>{' '}
            (OpenAPI 3.1).
          </p>
        </div>
      </div>
      <div class="stack">
        <section class="pan card" aria-label="First steps">
          <p>
            Make a token under{' '}
            <a class="u" href="/settings/tokens">
              API tokens
            </a>
            , then:
          </p>
          <code class="cmd">{`curl -H "Authorization: Bearer $TOKEN" http://${frame.host}/api/v1/executions`}</code>
          <p class="hint">
            Errors are problem documents (RFC 9457). Lists have <code>next</code> and <code>previous</code>.
            Logs come as JSON, as text (<code>Accept: text/plain</code>), and with <code>follow=true</code> as
            they are written.
          </p>
        </section>
        <section class="pan scroll" aria-label="Endpoints" tabindex={0}>
          <Endpoints endpoints={p.endpoints} />
        </section>
      </div>
    </>,
  )
}

function Endpoints(p: { endpoints: readonly EndpointLine[] }) {
  return (
    <table class="tb">
      <caption class="vh">Endpoints</caption>
      <thead>
        <tr>
          <th scope="col">Endpoint</th>
          <th scope="col">What it does</th>
          <th scope="col">Least role</th>
        </tr>
      </thead>
      <tbody>
        {p.endpoints.map((endpoint) => (
          <tr>
            <td>
              <code>
                {endpoint.method} {endpoint.path}
              </code>
            </td>
            <td>
              {endpoint.help}
              {endpoint.fields.length === 0 ? null : <p class="hint">{endpoint.fields.join(', ')}</p>}
            </td>
            <td>{endpoint.role}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
