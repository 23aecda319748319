private import Catalog
public import Diagnostics
private import Training

extension Registry {
  /// Trains a head alone, a head with the last layers of the backbone, and another network from
  /// scratch, on nested parts of the same training images, and measures each on the same test
  /// images.
  ///
  /// No images are kept aside for choosing among epochs: a row has seen its images and nothing else.
  /// The figures are recorded as a run; the weights are not kept.
  ///
  /// - Throws: `unknown_model`, `no_dataset`, `unknown_label`, `label_without_images`,
  ///   `malformed_request`, `unknown_architecture`, `unknown_layer`, `interrupted`.
  public func compare(
    _ request: CompareRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ComparisonResult {
    let clock = ContinuousClock()
    let start = clock.now
    try check(request)
    let model = try load(request.model)
    let dataset = try dataset(for: model, named: request.datasets)
    let comparison = try Comparison(
      registry: self, model: model, dataset: dataset, request: request, progress: progress,
      cancellation: cancellation)
    let run = try begin(
      RunDraft(
        kind: .evaluate, model: model.record.model, baseID: model.record.id,
        datasetVersionIDs: dataset.versions.map(\.id), parameters: comparison.parameters, seed: 0,
        host: HostDescription.current(threads: request.threads), program: ProgramVersion.text))
    return try endingRun(run.id) {
      let rows = try comparison.rows()
      let now = Timestamp.now()
      try catalog.endRun(
        RunCompletion(
          run: run.id, state: .finished, message: nil,
          metrics: rows.flatMap { row in
            [
              ("accuracy", row.accuracy),
              ("accuracy_standard_deviation", row.accuracyStandardDeviation),
              ("seconds", row.seconds), ("images_seen", Double(row.imagesSeen)),
              ("bytes_stored", Double(row.bytesStored)),
            ].map {
              MetricPoint(
                key: "\(row.method.rawValue)_\($0.0)", step: row.images, value: $0.1, time: now)
            }
          }))
      return ComparisonResult(
        model: model.record.model, version: model.record.version, run: run.id,
        dataset: dataset.name, labels: model.labels, split: comparison.testSplit.rawValue,
        testImages: comparison.test.count, seeds: request.seeds, rows: rows,
        seconds: (clock.now - start).seconds, recalled: try recalls(of: model))
    }
  }

  private func check(_ request: CompareRequest) throws {
    guard (1...1000).contains(request.seeds) else {
      throw RegistryError(
        .malformedRequest, "\(request.seeds) seeds cannot be compared.",
        place: .subject("--seeds"), remedy: "Ask for 1 to 1000.")
    }
    guard !request.imagesPerClass.isEmpty,
      request.imagesPerClass.allSatisfy({ $0.map { $0 > 0 } ?? true })
    else {
      throw RegistryError(
        .malformedRequest, "A part of the images has at least one image of each label.",
        place: .subject("--images-per-class"), remedy: "Give numbers such as 1,5,20,all.")
    }
  }
}
