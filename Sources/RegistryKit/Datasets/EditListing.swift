import Diagnostics

/// A JSON Lines file of changes of a dataset, one a line.
///
///     {"action": "add", "image": "a.jpg", "label": "dog", "split": "test", "group": "litter 3"}
///     {"action": "remove", "image": "5be0cd19137e2179"}
///     {"action": "relabel", "image": "photos/b.jpg", "labels": ["dog", "indoors"]}
///     {"action": "move", "image": "photos/c.jpg", "split": "validation"}
struct EditListing {
  /// The changes, in order.
  let edits: [DatasetEdit]

  private struct Line: Decodable {
    let action: DatasetEdit.Action
    let image: String
    let label: TextValue?
    let labels: [String]?
    let split: String?
    let group: String?
  }

  /// Reads a file.
  ///
  /// - Throws: `bad_label_file` with the line that is no such object.
  init(path: String, limits: InputLimits) throws(RegistryError) {
    let lines = try TextLines(path: path, limits: limits).jsonObjects(
      Line.self, example: #"{"action": "relabel", "image": "a.jpg", "label": "dog"}"#)
    var edits: [DatasetEdit] = []
    for (number, line) in lines {
      var labels = line.labels
      if case .text(let text)? = line.label, labels == nil { labels = [text] }
      let needsLabels = line.action == .add || line.action == .relabel
      guard needsLabels == (labels != nil), line.action != .move || line.split != nil else {
        throw RegistryError(
          .badLabelFile,
          "Line \(number) of \(path) has not the values of the action \"\(line.action.rawValue)\".",
          place: Place(file: path, line: number),
          remedy: "Give `label` or `labels` to add and relabel, `split` to move, neither to remove."
        )
      }
      edits.append(
        DatasetEdit(
          line.action, line.image, labels: labels ?? [], split: line.split, group: line.group))
    }
    self.edits = edits
  }
}
