/** Scripts that are part of the executable as text. */
declare module '*.sh' {
  const text: string
  export default text
}
