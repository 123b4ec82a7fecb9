declare module 'parse-prometheus-text-format' {
  /** Parses the text format; throws on lines that are none. */
  export default function parse(text: string): unknown[];
}
