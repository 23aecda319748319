private import Catalog
package import Diagnostics

/// Looks for what is wrong with a dataset; what is not given is as in ``CheckThresholds``.
package struct CheckJob: JobRequest {
  package static let kind = "check"

  package var dataset: String
  /// The model whose features and labels count: `NAME`, `NAME@3` or `NAME@alias`.
  package var model: String?
  package var correlation: Double?
  package var cosine: Double?
  package var tiny: Int?
  package var blurred: Double?
  package var dark: Double?
  package var overexposed: Double?
  package var grey: Double?
  package var aspect: Double?
  package var threads: Int?

  package func check(in registry: Registry) throws {
    try thresholds.check()
    try registry.check(datasets: [dataset])
    if let model { try registry.check(model: model) }
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> CheckResult {
    try registry.check(
      CheckRequest(dataset: dataset, model: model, thresholds: thresholds, threads: threads),
      progress: progress, cancellation: cancellation)
  }

  private var thresholds: CheckThresholds {
    var values = CheckThresholds()
    values.correlation = correlation ?? values.correlation
    values.cosine = cosine ?? values.cosine
    values.tiny = tiny ?? values.tiny
    values.blurred = blurred ?? values.blurred
    values.dark = dark ?? values.dark
    values.overexposed = overexposed ?? values.overexposed
    values.grey = grey ?? values.grey
    values.aspect = aspect ?? values.aspect
    return values
  }
}

/// Adds, removes, relabels or moves single images of a dataset.
package struct EditDatasetJob: JobRequest {
  package static let kind = "edit-dataset"

  /// The dataset's name; its newest version is changed.
  package var dataset: String
  package var edits: [Edit]
  /// The upload that has the files of the images that are added.
  package var upload: String?
  package var threads: Int?

  /// A change of one image, as a line of the file that the command line takes.
  package struct Edit: Codable, Sendable {
    /// `add`, `remove`, `relabel` or `move`.
    package var action: String
    /// A file of the upload, or an image of the dataset by its path or digest.
    package var image: String
    package var labels: [String]?
    package var split: String?
    package var group: String?
  }

  package func check(in registry: Registry) throws {
    _ = try request(in: registry)
    try registry.check(datasets: [dataset])
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> DatasetEditResult {
    let result = try registry.editDataset(
      request(in: registry), progress: progress, cancellation: cancellation)
    // What is left of it goes in a day.
    if let upload { _ = try? registry.removeUpload(upload) }
    return result
  }

  private func request(in registry: Registry) throws -> DatasetEditRequest {
    guard !edits.isEmpty else {
      throw RegistryError.malformed("There is nothing to change.", "edits", remedy: "Give an edit.")
    }
    let edits = try edits.map { edit in
      guard let action = DatasetEdit.Action(rawValue: edit.action) else {
        let known = DatasetEdit.Action.allCases.map(\.rawValue).joined(separator: ", ")
        throw RegistryError.malformed(
          "There is no such action.", "action", remedy: "Give one of: \(known).")
      }
      if action == .add {
        guard let upload else {
          throw RegistryError.malformed(
            "The upload that has \(NameRule.shown(edit.image)) is missing.", "upload",
            remedy: "Upload the files first, and name the upload.")
        }
        // What is no path within the upload is said now.
        _ = try registry.path(of: edit.image, inUpload: upload)
      }
      return DatasetEdit(
        action, edit.image, labels: edit.labels ?? [], split: edit.split, group: edit.group)
    }
    var request = DatasetEditRequest(dataset: dataset, edits: edits)
    request.folder = try upload.map { try registry.folder(ofUpload: $0) }
    return request
  }
}
