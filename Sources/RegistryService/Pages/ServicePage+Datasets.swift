internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// How many thumbnails a page has.
  private static let imagesPerPage = 60

  /// Dataset versions, the newest first unless somebody searches.
  static func datasets(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let list = try registry.datasets(call.list)
    let rows = list.datasets.map { dataset in
      [
        HTML.link("datasets", "\(dataset.dataset)@\(dataset.version)"),
        Quantity.count(dataset.images), Quantity.count(dataset.labels.count),
        Quantity.time(dataset.createdAt),
      ]
    }
    return ServicePage(
      title: "Datasets", section: .datasets,
      body: HTML.search(call.query, example: "images > 100 and tags.source = camera")
        + (rows.isEmpty
          ? "<p>There are none.</p>"
          : HTML.table(
            "Dataset versions", ["Dataset", ">Images", ">Labels", "Created"], rows))
        + HTML.next(call.next("datasets", list.next)))
  }

  /// A dataset version: its labels and splits, and its images.
  static func dataset(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let dataset = try registry.dataset(call.name)
    let name = "\(dataset.dataset)@\(dataset.version)"
    let path = "/datasets/\(PercentCoding.encoded(name))"
    let (label, split) = (call.given("label"), call.given("split"))
    let offset = call.given("offset").flatMap { Int($0) }.map { min(max($0, 0), 1 << 40) } ?? 0
    let page = try registry.images(
      of: name, label: label, split: split, offset: offset, limit: imagesPerPage)
    let images = page.images.map { image in
      let labels = image.labels.joined(separator: ", ")
      return HTML.thumbnail(image.digest, of: labels, "\(labels), \(image.split)")
    }.joined(separator: "\n")
    let next = page.next.map { offset in
      let kept = [("label", label), ("split", split)].compactMap { name, value in
        value.map { "\(name)=\(PercentCoding.encoded($0))&" }
      }
      return "\(path)?\(kept.joined())offset=\(offset)"
    }
    return ServicePage(
      title: name, section: .datasets,
      body: HTML.list([
        ("Images", Quantity.count(dataset.images)), ("Created", Quantity.time(dataset.createdAt)),
        ("Note", dataset.note.map { HTML.text($0) } ?? ""),
      ]) + filters(dataset, path, label, split)
        + "<ul class=\"images\">\(images)</ul>" + HTML.next(next) + datasetForms(dataset))
  }

  /// Links to the images of each label and split.
  private static func filters(
    _ dataset: DatasetSummary, _ path: String, _ label: String?, _ split: String?
  ) -> String {
    func links(_ name: String, _ counts: [String: Int], _ chosen: String?, _ other: String)
      -> String
    {
      let entries =
        [(String?.none, "all")]
        + counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(50)
        .map { (Optional($0.key), "\($0.key) (\(Quantity.count($0.value)))") }
      return entries.map { value, text in
        let mark = value == chosen ? " aria-current=\"true\"" : ""
        let query = value.map { "\(name)=\(PercentCoding.encoded($0))&" } ?? ""
        return "<a href=\"\(path)?\(query)\(other)\"\(mark)>\(HTML.text(text))</a>"
      }.joined(separator: "\n")
    }
    func kept(_ name: String, _ value: String?) -> String {
      value.map { "\(name)=\(PercentCoding.encoded($0))" } ?? ""
    }
    return """
      <nav class="filters" aria-label="Labels">
      \(links("label", dataset.labels, label, kept("split", split)))</nav>
      <nav class="filters" aria-label="Splits">
      \(links("split", dataset.splits, split, kept("label", label)))</nav>
      """
  }
}
