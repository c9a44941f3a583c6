/** Files that are part of the executable as text or as a path. */
declare module '*.css' {
  const text: string
  export default text
}
declare module '*.svg' {
  const text: string
  export default text
}
declare module '*.woff2' {
  const path: string
  export default path
}
