/// An HTML page without scripts, fonts or anything else from outside.
///
/// It follows the reader's wish for a light or a dark page, and fits narrow windows: what is wider
/// scrolls by itself.
package enum HTMLPage {
  /// The styles of all pages.
  package static let sheet = """
    :root { color-scheme: light dark; --ink: #1f2328; --faint: #59636e; --paper: #ffffff;
      --raised: #f6f8fa; --line: #d1d9e0; --link: #0969da; --bad: #cf222e; --warning: #9a6700; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6edf3; --faint: #9198a1; --paper: #0d1117; --raised: #151b23;
        --line: #3d444d; --link: #4493f8; --bad: #ff7b72; --warning: #d29922; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink);
      background: var(--paper); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
    h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
    a { color: var(--link); }
    :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
      white-space: nowrap; }
    th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
      background: var(--paper); }
    """

  /// The document.
  ///
  /// - Parameters:
  ///   - title: What the page is about, as HTML.
  ///   - styles: What the page has besides the styles of all pages.
  ///   - body: What follows the heading, as HTML.
  /// - Returns: The whole document.
  package static func text(title: String, styles: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <title>\(title)</title>
    <style>
    \(sheet)
    \(styles)
    </style>
    </head>
    <body>
    <main>
    <h1>\(title)</h1>
    \(body)
    </main>
    </body>
    </html>

    """
  }

  /// A text as HTML.
  package static func escaped(_ text: String) -> String {
    SVGDocument.escaped(text.safeForTerminal)
  }
}
