import type { Child } from 'hono/jsx'
import { type Role, reaches } from '../../src/domain/actor.ts'
import { page } from '../layout.tsx'
import type { Frame } from '../model.ts'
import { Icon } from '../parts.tsx'

interface Section {
  readonly path: string
  readonly word: string
  /** What stands there, on the index. */
  readonly says: string
  /** The least role that may look. */
  readonly role: Role
  /** Whether it is about oneself or about the server. */
  readonly of: 'you' | 'server'
}

/** The pages of the settings, in order: one row to read, one row to add. */
const SECTIONS = [
  {
    path: '/settings/account',
    word: 'Account',
    says: 'Your password, the browsers you are signed in with, the theme.',
    role: 'viewer',
    of: 'you',
  },
  {
    path: '/settings/tokens',
    word: 'API tokens',
    says: 'For the command line and scripts.',
    role: 'viewer',
    of: 'you',
  },
  {
    path: '/settings/credentials',
    word: 'Credentials',
    says: 'What private repositories ask for before they are read.',
    role: 'editor',
    of: 'server',
  },
  {
    path: '/settings/secrets',
    word: 'Secrets',
    says: 'Values that definitions name and nobody is shown.',
    role: 'editor',
    of: 'server',
  },
  {
    path: '/settings/users',
    word: 'Users',
    says: 'Who may come in, and what they may do.',
    role: 'admin',
    of: 'server',
  },
  {
    path: '/settings/audit',
    word: 'Audit log',
    says: 'Who changed what, and who was refused.',
    role: 'admin',
    of: 'server',
  },
  {
    path: '/settings/system',
    word: 'System health',
    says: 'Engines, disk, databases and the queue.',
    role: 'admin',
    of: 'server',
  },
] as const satisfies readonly Section[]

const GROUPS = [
  ['you', 'You'],
  ['server', 'This server'],
] as const

interface Options {
  /** Of the browser's tab. */
  readonly title: string
  readonly name: string
  /** Beside the title. */
  readonly actions?: Child
  readonly sub?: Child
  /** The page above this one, where it is not the index. */
  readonly above?: { readonly path: string; readonly word: string }
}

/** A page of the settings: where one is, what else there is, and the page itself. */
export function settingsPage(frame: Frame, p: Options, content: Child): string {
  return page(
    frame,
    { title: p.title, live: null, name: p.name },
    <div class="settings">
      <Sections frame={frame} />
      <div>
        <nav class="crumb" aria-label="Breadcrumb">
          <a href="/settings">Settings</a>
          {p.above === undefined ? null : (
            <>
              <span aria-hidden="true">/</span>
              <a href={p.above.path}>{p.above.word}</a>
            </>
          )}
        </nav>
        <div class="head">
          <div>
            <h1>{p.title}</h1>
            {p.sub === undefined ? null : <p class="sub">{p.sub}</p>}
          </div>
          {p.actions === undefined ? null : <div class="row wraps">{p.actions}</div>}
        </div>
        <div class="stack">{content}</div>
      </div>
    </div>,
  )
}

/** On a wide screen beside the page; on a small one the index is it. */
function Sections(p: { frame: Frame }) {
  const { path } = p.frame
  return (
    <nav class="sections" aria-label="Settings">
      {GROUPS.map(([of, word]) => (
        <Group frame={p.frame} of={of} word={word}>
          {(section) => (
            <a
              href={section.path}
              aria-current={
                path === section.path ? 'page' : path.startsWith(`${section.path}/`) ? 'true' : undefined
              }
            >
              {section.word}
            </a>
          )}
        </Group>
      ))}
    </nav>
  )
}

function Group(p: { frame: Frame; of: Section['of']; word: string; children: (section: Section) => Child }) {
  const role = p.frame.visitor?.role ?? 'viewer'
  const mine = SECTIONS.filter((section) => section.of === p.of && reaches(role, section.role))
  if (mine.length === 0) return null
  return (
    <>
      <h2 class="q">{p.word}</h2>
      <ul>
        {mine.map((section) => (
          <li>{p.children(section)}</li>
        ))}
      </ul>
    </>
  )
}

/** All that this person may look at. */
export function settingsIndex(frame: Frame): string {
  return page(
    frame,
    { title: 'Settings', live: null, name: 'settings' },
    <>
      <div class="head">
        <div>
          <h1>Settings</h1>
          <p class="sub">You, and what this server holds for everybody.</p>
        </div>
      </div>
      <div class="index">
        {GROUPS.map(([of, word]) => (
          <Group frame={frame} of={of} word={word}>
            {(section) => (
              <a class="pan" href={section.path}>
                <b class="b">{section.word}</b>
                <span class="q2">{section.says}</span>
                <Icon frame={frame} name="ui-right" />
              </a>
            )}
          </Group>
        ))}
      </div>
    </>,
  )
}
