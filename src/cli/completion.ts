import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Context } from './command.ts'
import { COMPLETE } from './complete.ts'

/**
 * `periplus completion bash|zsh|fish`. The scripts know nothing: they ask the program that is being typed, whose table
 * of commands is never older than itself.
 */
export async function completion({ line, terminal }: Context): Promise<number> {
  const [shell = ''] = line.arguments
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (script === undefined) {
    const guess = didYouMean(shell, Object.keys(SCRIPTS)) || ' There are bash, zsh and fish.'
    throw new Fault('invalid', `There is no completion for ${shell}.${guess}`)
  }
  await terminal.out(line.flags.has('--json') ? `${JSON.stringify({ shell, script })}\n` : script)
  return 0
}

const BASH = `# periplus for bash. In ~/.bashrc: source <(periplus completion bash)
_periplus() {
  local line program=\${COMP_WORDS[0]/#\\~\\//$HOME/}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :directories) compopt -o dirnames 2>/dev/null ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$program" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -F _periplus periplus
`

const ZSH = `#compdef periplus
# periplus for zsh. In ~/.zshrc, after compinit: source <(periplus completion zsh); or as _periplus in a directory of $fpath
_periplus() {
  local line program=\${words[1]/#\\~\\//$HOME/}
  local -a names shown
  for line in "\${(@f)$("$program" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}"; do
    case $line in
      '') ;;
      :files) compset -P '*='; _files; return ;;
      :directories) compset -P '*='; _files -/; return ;;
      *) names+=("\${line%%$'\\t'*}"); shown+=("\${line/$'\\t'/  -- }") ;;
    esac
  done
  compadd -V periplus -l -d shown -a names
}
if [[ $funcstack[1] == _periplus ]]; then _periplus "$@"; else compdef _periplus periplus; fi
`

const FISH = `# periplus for fish. periplus completion fish > ~/.config/fish/completions/periplus.fish
function __periplus_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    # --data=/srv is one word here, of which fish knows no path.
    set -l flag (string replace -r '^(--[^=]*=|).*' '$1' -- "$current")
    set -l path (string replace -r '^--[^=]*=' '' -- "$current")
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    for line in (command $program ${COMPLETE} $words[2..-1] "$current" 2>/dev/null </dev/null)
        switch $line
            case ':files'
                printf '%s\\n' $flag(__fish_complete_path "$path")
            case ':directories'
                printf '%s\\n' $flag(__fish_complete_directories "$path" '')
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c periplus -f -k -a '(__periplus_complete)'
`

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
