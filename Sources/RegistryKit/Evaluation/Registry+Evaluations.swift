private import Catalog
private import Diagnostics
private import Tensors
private import Training

extension Registry {
  /// Which labels a model took for which when it was measured, and how far its confidence can be
  /// trusted.
  ///
  /// - Throws: `unknown_run`, `ambiguous_run`, `deleted`; `no_predictions` when the run has none.
  /// - Complexity: O(images that were measured).
  public func confusion(ofRun run: String) throws -> EvaluationConfusion {
    let (record, model, labels) = try measured(by: run)
    let counts = try catalog.predictionCounts(ofRun: record.id)
    guard !counts.isEmpty else {
      throw RegistryError(
        .noPredictions, "The run \(record.id) kept no answers for single images.",
        place: .subject(record.id),
        remedy: "Evaluate again: runs on images with one label each keep them.")
    }
    var bins = CalibrationBins()
    try catalog.eachConfidence(ofRun: record.id) { confidence, isRight in
      bins.add(confidence: confidence ?? .nan, isRight: isRight)
    }
    return EvaluationConfusion(
      run: record.id, model: model.name, version: model.version, labels: labels,
      images: counts.reduce(0) { $0 + $1.count },
      cells: counts.map {
        .init(label: labels[$0.target], answer: labels[$0.answer], images: $0.count)
      },
      calibration: bins.filled.map {
        .init(
          above: $0.above, upTo: $0.upTo, images: $0.count, confidence: $0.confidence,
          accuracy: $0.accuracy)
      })
  }

  /// The images that a run measured with what the model answered, those first of which it was surest.
  ///
  /// - Parameters:
  ///   - run: The run, or the first digits of its id.
  ///   - label: Only images that have this label.
  ///   - answer: Only images that were taken for this label.
  ///   - isWrong: Only images that were taken for another label than theirs.
  ///   - offset: How many images are passed over.
  ///   - limit: The most images.
  /// - Returns: The page, and where the next one begins.
  /// - Throws: `unknown_run`, `ambiguous_run`, `deleted`, `unknown_label`.
  public func evaluatedImages(
    ofRun run: String, label: String? = nil, answer: String? = nil, isWrong: Bool = false,
    offset: Int = 0, limit: Int = 100
  ) throws -> EvaluatedImageList {
    let (record, model, labels) = try measured(by: run)
    func output(_ label: String) throws -> Int {
      guard let output = labels.firstIndex(of: label) else {
        throw RegistryError(
          .unknownLabel, "\(model) has no label \(NameRule.shown(label)).",
          place: .subject(model.description),
          remedy: labels.nearest(to: label).map { "Is it \($0)?" } ?? "Name one of its labels.")
      }
      return output
    }
    var filter = PredictionFilter()
    filter.target = try label.map(output)
    filter.answer = try answer.map(output)
    filter.isWrong = isWrong
    let found = try catalog.predictions(
      ofRun: record.id, filter, offset: offset, limit: limit + 1)
    return EvaluatedImageList(
      images: found.prefix(limit).map {
        .init(
          digest: $0.image.hexadecimal, label: labels[$0.target], answer: labels[$0.answer],
          confidence: $0.confidence)
      }, next: found.count > limit ? offset + limit : nil)
  }

  /// A run with the version that it measured, and the labels of that.
  private func measured(
    by run: String
  ) throws -> (run: RunRecord, model: NamedVersion, labels: [String]) {
    let record = try catalog.run(run)
    guard let base = record.base else {
      throw RegistryError(
        .noPredictions, "The run \(record.id) measured no version of a model.",
        place: .subject(record.id), remedy: "Look at a run of `registry evaluate`.")
    }
    let text = try catalog.modelVersion(id: base.id).labels
    return (
      record, base,
      try CanonicalJSON.value([String].self, from: text, subject: "\(base.name)@\(base.version)")
    )
  }
}

extension RegistryError.Code {
  /// A run has no answers for single images.
  package static let noPredictions = Self("no_predictions", .notFound)
}
