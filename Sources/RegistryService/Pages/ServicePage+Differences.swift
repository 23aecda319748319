internal import Diagnostics
internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// The most images of each kind of difference that are shown.
  private static let imagesPerKind = 60

  /// Which images two versions of a dataset differ in.
  static func datasetDifference(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    guard let other = call.given("other") else {
      throw RegistryError.malformed(
        "There is nothing to compare with.", "other", remedy: "Name another version: ?other=NAME@1."
      )
    }
    let difference = try registry.datasetDifference(other, call.name)
    let kinds: [(String, [(digest: String, line: String)])] = [
      (
        "Added",
        difference.added.map { ($0.digest, "\($0.labels.joined(separator: ", ")), \($0.split)") }
      ),
      (
        "Removed",
        difference.removed.map { ($0.digest, "\($0.labels.joined(separator: ", ")), \($0.split)") }
      ),
      (
        "Labelled anew",
        difference.relabelled.map {
          ($0.digest, "\($0.from.joined(separator: ", ")) → \($0.to.joined(separator: ", "))")
        }
      ), ("In another split", difference.moved.map { ($0.digest, "\($0.from) → \($0.to)") }),
      (
        "In another group",
        difference.regrouped.map { ($0.digest, "\($0.from ?? "none") → \($0.to ?? "none")") }
      ),
    ]
    let sections = kinds.filter { !$0.1.isEmpty }.map { title, images in
      let shown = images.prefix(imagesPerKind)
      let rest = images.count - shown.count
      return "<h2>\(title): \(Quantity.count(images.count))</h2><ul class=\"images\">"
        + shown.map { HTML.thumbnail($0.digest, of: $0.line, $0.line) }.joined(separator: "\n")
        + "</ul>" + (rest > 0 ? "<p>\(Quantity.count(rest)) more are not shown.</p>" : "")
    }.joined()
    return ServicePage(
      title: "\(difference.a) to \(difference.b)", section: .datasets,
      body: "<p>From \(HTML.link("datasets", difference.a.description)) to "
        + "\(HTML.link("datasets", difference.b.description)); "
        + "\(Quantity.count(difference.unchanged, "image")) unchanged.</p>"
        + (sections.isEmpty ? "<p>They have the same images, labels and splits.</p>" : sections))
  }

  /// What can be done with a dataset version: to be checked, and compared with the one before.
  static func datasetForms(_ dataset: DatasetSummary) -> String {
    let name = "\(dataset.dataset)@\(dataset.version)"
    let former =
      dataset.version > 1
      ? "<p><a href=\"/datasets/\(PercentCoding.encoded(name))/diff?other="
        + "\(PercentCoding.encoded("\(dataset.dataset)@\(dataset.version - 1)"))\">"
        + "What differs from version \(dataset.version - 1)</a></p>" : ""
    return """
      \(former)<section aria-labelledby="check"><h2 id="check">Check</h2>
      <form class="fields" data-json="/api/v1/jobs/check" data-next="/jobs/">
      <input type="hidden" name="dataset" value="\(HTML.text(name))">
      <p><label for="model">Model to judge labels by, if any</label>
      <input id="model" name="model"></p>
      <p><button type="submit">Look for duplicates, leaks and poor pictures</button></p>
      <p role="alert" class="bad"></p>
      </form></section>
      """
  }
}
