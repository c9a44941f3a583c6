/** Migrations are imported as text, and so are part of the executable. */
declare module '*.sql' {
  const text: string
  export default text
}
