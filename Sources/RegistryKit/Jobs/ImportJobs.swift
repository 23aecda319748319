package import Diagnostics

/// Imports the images of an upload as a new version of a dataset.
package struct ImportImagesJob: JobRequest {
  package static let kind = "import-images"

  /// The upload that has the images.
  package var upload: String
  package var dataset: String
  /// `folder`, or a CSV or JSON Lines file of the upload.
  package var labels: String?
  /// The shares of training, validation and test images.
  package var split: [Double]?
  /// `folder`, or a column of the label file.
  package var groupBy: String?
  package var seed: Int?
  package var strict: Bool?
  package var threads: Int?

  package func check(in registry: Registry) throws { _ = try request(in: registry) }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> ImageImportResult {
    let result = try registry.importImages(
      request(in: registry), progress: progress, cancellation: cancellation)
    // What is left of it goes in a day.
    _ = try? registry.removeUpload(upload)
    return result
  }

  private func request(in registry: Registry) throws -> ImageImportRequest {
    var request = ImageImportRequest(
      paths: [try registry.folder(ofUpload: upload)], dataset: dataset, seed: seed,
      isStrict: strict ?? false)
    if let labels, labels != "folder" {
      request.labels = .file(try registry.path(of: labels, inUpload: upload))
    }
    if let groupBy {
      guard groupBy == "folder" || request.labels != .folders else {
        throw RegistryError.malformed(
          "The group is a column, but no label file has it.", "group_by",
          remedy: "Name the label file with labels.")
      }
      request.grouping = groupBy == "folder" ? .folder : .column(groupBy)
    }
    if let split {
      guard split.count == 3 else {
        throw RegistryError.malformed(
          "There are \(split.count) shares.", "split",
          remedy: "Give three, for training, validation and test, which add up to 1.")
      }
      request.split = SplitFractions(train: split[0], validation: split[1], test: split[2])
    }
    return request
  }
}

/// Imports a model file of an upload.
package struct ImportModelJob: JobRequest {
  package static let kind = "import-model"

  /// The upload that has the file.
  package var upload: String
  /// The file in it.
  package var file: String
  /// The name of the model.
  package var name: String
  package var architecture: String?
  /// A label file of the upload.
  package var labels: String?
  package var threads: Int?

  package func check(in registry: Registry) throws { _ = try request(in: registry) }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> ModelImportResult {
    let result = try registry.importModel(request(in: registry), progress: progress)
    _ = try? registry.removeUpload(upload)
    return result
  }

  private func request(in registry: Registry) throws -> ModelImportRequest {
    ModelImportRequest(
      path: try registry.path(of: file, inUpload: upload), name: name, architecture: architecture,
      labels: try labels.map { try registry.path(of: $0, inUpload: upload) })
  }
}

/// Imports the models of an archive of an upload with all that they come from.
package struct ImportArchiveJob: JobRequest {
  package static let kind = "import-archive"

  /// The upload that has the archive.
  package var upload: String
  /// The file in it.
  package var file: String
  /// New names of models and datasets by their names in the archive.
  package var rename: [String: String]?
  package var threads: Int?

  package func check(in registry: Registry) throws {
    _ = try registry.path(of: file, inUpload: upload)
  }

  package func perform(
    in registry: Registry, goingOnWith former: RunSummary?, progress: any ProgressObserver,
    cancellation: Cancellation
  ) throws -> ArchiveImportResult {
    let request = ArchiveImportRequest(
      path: try registry.path(of: file, inUpload: upload), newNames: rename ?? [:])
    var result = try registry.importArchive(
      request, progress: progress, cancellation: cancellation)
    result.path = file
    _ = try? registry.removeUpload(upload)
    return result
  }
}
