import { openDialogs } from './dialogs.ts'
import { listenToKeys } from './keys.ts'
import { showLogs } from './log/panel.ts'
import { refreshOnChange } from './refresh.ts'
import { searchOn } from './search.ts'
import { openStream } from './stream.ts'
import { keepTimes } from './times.ts'

document.documentElement.classList.add('js')
openDialogs()
listenToKeys()
showLogs()
refreshOnChange()
keepTimes()
openStream()
searchOn()
