#!/usr/bin/env node
// Keeps messages/id.json and messages/en.json in step: one key, two sentences, sorted, written under a lock
// so that two people (or programs) adding words at once lose nothing.
//   node scripts/word.mjs set KEY 'kalimat' 'sentence' | get KEY | list [PREFIX] | remove KEY
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../messages/', import.meta.url))
const [verb, key, indonesian, english] = process.argv.slice(2)

const read = (language) => JSON.parse(readFileSync(`${folder}${language}.json`, 'utf8'))
function save(language, words) {
  const sorted = Object.fromEntries(Object.entries(words).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(`${folder}${language}.json.tmp`, JSON.stringify(sorted, null, 2) + '\n')
  renameSync(`${folder}${language}.json.tmp`, `${folder}${language}.json`)
}

function locked(work) {
  const lock = `${folder}.lock`
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST' || attempt > 200) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { recursive: true })
  }
}

if (verb === 'set' && key && indonesian !== undefined && english !== undefined) {
  if (!/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(key)) throw new Error(`a key looks like ask.title, not "${key}"`)
  locked(() => {
    save('id', { ...read('id'), [key]: indonesian })
    save('en', { ...read('en'), [key]: english })
  })
} else if (verb === 'remove' && key) {
  locked(() => {
    for (const language of ['id', 'en']) {
      const { [key]: _removed, ...rest } = read(language)
      save(language, rest)
    }
  })
} else if (verb === 'get' && key) {
  console.log(read('id')[key], '\n' + read('en')[key])
} else if (verb === 'list') {
  const english = read('en')
  for (const [name, sentence] of Object.entries(read('id')))
    if (name.startsWith(key ?? '')) console.log(`${name}\n  id ${sentence}\n  en ${english[name]}`)
} else {
  console.error("usage: node scripts/word.mjs set KEY 'kalimat' 'sentence' | get KEY | list [PREFIX] | remove KEY")
  process.exit(2)
}
