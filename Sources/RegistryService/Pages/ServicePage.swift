internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Presentation
internal import RegistryKit

/// A page of the service: what all of them have, around what one of them shows.
struct ServicePage: Sendable {
  /// What it is about, as text.
  let title: String
  /// The entry of the navigation that it belongs to.
  let section: Section
  /// What follows the heading, as HTML.
  let body: String

  enum Section: String, CaseIterable, Sendable {
    case models, datasets, runs, jobs, storage

    /// What the navigation calls it.
    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// The document for somebody.
  func response(to request: Request, for context: ServiceContext) -> Response {
    let navigation = Section.allCases.map { entry in
      let mark = entry == section ? " aria-current=\"page\"" : ""
      return "<a href=\"/\(entry.rawValue)\"\(mark)>\(entry.title)</a>"
    }.joined(separator: "\n")
    let signOut =
      context.session == nil
      ? ""
      : """
      <form method="post" action="/sign-out"><button type="submit">Sign out \
      \(HTMLPage.escaped(context.principal?.name ?? ""))</button></form>
      """
    let text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <link rel="icon" href="data:,">
      <link rel="stylesheet" href="/assets/\(ServiceAssets.tag)/registry.css">
      <script src="/assets/\(ServiceAssets.tag)/registry.js" defer></script>
      <title>\(HTMLPage.escaped(title)) · Registry</title>
      </head>
      <body>
      <a class="skip" href="#content">To the content</a>
      <header><nav aria-label="Sections">
      \(navigation)
      </nav>\(signOut)</header>
      <main id="content">
      <h1>\(HTMLPage.escaped(title))</h1>
      \(body)
      </main>
      </body>
      </html>

      """
    return Response(
      status: .ok,
      headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "private, no-cache"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Pieces of pages.
enum HTML {
  /// A text.
  static func text(_ text: some CustomStringConvertible) -> String {
    HTMLPage.escaped(text.description)
  }

  /// A link to a page of something, by its name in the path.
  static func link(_ kind: String, _ name: String, _ label: String? = nil) -> String {
    "<a href=\"/\(kind)/\(PercentCoding.encoded(name))\">\(text(label ?? name))</a>"
  }

  /// A table whose cells are HTML; columns that begin with `>` have numbers.
  static func table(_ caption: String, _ headings: [String], _ rows: [[String]]) -> String {
    func classes(_ column: Int) -> String {
      headings[column].hasPrefix(">") ? "" : " class=\"words\""
    }
    let head = headings.indices.map { column in
      let name =
        headings[column].hasPrefix(">") ? headings[column].dropFirst() : headings[column][...]
      return "<th scope=\"col\"\(classes(column))>\(name)</th>"
    }.joined()
    let body = rows.map { row in
      "<tr>" + row.indices.map { "<td\(classes($0))>\(row[$0])</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
      <caption>\(caption)</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)
      </tbody></table></div>
      """
  }

  /// Names and values, side by side; the values are HTML.
  static func list(_ pairs: [(String, String)]) -> String {
    "<dl>" + pairs.filter { !$0.1.isEmpty }.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined()
      + "</dl>"
  }

  /// A link to where a list goes on.
  static func next(_ target: String?) -> String {
    target.map { "<p><a rel=\"next\" href=\"\(text($0))\">Further ones</a></p>" } ?? ""
  }

  /// A form by which lists are searched.
  static func search(_ request: [String: String], example: String) -> String {
    """
    <form class="search" method="get" role="search">
    <label for="where">Condition</label>
    <input id="where" name="where" size="50" placeholder="\(text(example))" \
    value="\(text(request["where"] ?? ""))">
    <label for="sort">Order</label>
    <input id="sort" name="sort" size="20" placeholder="created desc" \
    value="\(text(request["sort"] ?? ""))">
    <button type="submit">Search</button>
    </form>
    """
  }

  /// A small copy of an image that leads to it, as an entry of a list with a line below it.
  static func thumbnail(_ digest: String, of what: String, _ line: String) -> String {
    """
    <li><a href="/api/v1/images/\(digest)"><img loading="lazy" width="160" height="160" \
    alt="\(text(what))" src="/thumbnails/\(digest)"></a>
    <span>\(text(line))</span></li>
    """
  }

  /// A number among a run's metrics, for people.
  static func metric(_ values: [String: Double], _ name: String) -> String {
    values[name].map { Quantity.significant($0) } ?? ""
  }
}
