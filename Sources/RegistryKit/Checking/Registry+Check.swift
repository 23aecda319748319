private import Catalog
public import Diagnostics
private import Engine
private import Images
private import Networks
private import Tensors
private import Training

extension Registry {
  /// Looks for what is wrong with a dataset: images that are too alike, above all in different splits;
  /// pictures that are hardly worth training on; and, with a model, labels that are probably wrong.
  ///
  /// What was measured on an image is kept in the cache, so that a second check decodes nothing.
  /// Nothing in the registry is changed.
  ///
  /// - Throws: `unknown_dataset`, `unknown_model`, `malformed_request`, `interrupted`.
  public func check(
    _ request: CheckRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> CheckResult {
    let clock = ContinuousClock()
    let start = clock.now
    try request.thresholds.check()
    let version = try catalog.datasetVersion(try Reference(parsing: request.dataset))
    let items = try catalog.items(of: version)
    let threads = request.threads ?? ComputeThread.availableCores
    let measured = try statistics(
      of: items, threads: threads, progress: progress, cancellation: cancellation)
    let alike = try DuplicateSearch(minimumCorrelation: request.thresholds.correlation).pairs(
      measured.statistics, threads: threads, progress: progress, cancellation: cancellation)
    var found = CheckFindings(items: items)
    found.add(alike)
    let seen = try features(
      for: request, version, items, progress: progress, cancellation: cancellation)
    var judgement: LabelJudgement?
    if let seen {
      found.add(
        try similarFeatures(
          seen.values, featureCount: seen.featureCount, minimum: request.thresholds.cosine,
          cancellation: cancellation))
      judgement = try LabelCheck(
        version: version, items: items, related: found.pairs.map { ($0.first, $0.second) }
      ).judge(
        seen.values, featureCount: seen.featureCount, progress: progress,
        cancellation: cancellation)
    }
    let records = try catalog.images(items.map(\.digest))
    return CheckResult(
      dataset: version.dataset, version: version.version, images: items.count,
      model: seen?.model, thresholds: request.thresholds,
      leaks: found.duplicates.count(where: \.isLeak), duplicates: found.duplicates,
      defects: PictureDefects(thresholds: request.thresholds).findings(
        items.compactMap { records[$0.digest] }, measured.statistics
      ).map { .init(kind: $0.kind, image: found.image($0.position), value: $0.value) },
      labelIssues: judgement.map(found.labelIssues), hardest: judgement.map(found.hardest),
      cache: measured.cache, seconds: (clock.now - start).seconds)
  }

  /// What a model sees in images.
  private struct SeenFeatures {
    var model: ModelName
    /// `[N, F]`, row by row.
    var values: [Float]
    var featureCount: Int
  }

  /// The features by the model that was named; without one, by the newest model that was made for
  /// the dataset, if all of them are in its cache.
  private func features(
    for request: CheckRequest, _ version: DatasetVersionRecord, _ items: [DatasetItem],
    progress: any ProgressObserver, cancellation: Cancellation
  ) throws -> SeenFeatures? {
    if let name = request.model {
      let model = try load(name)
      let (features, count) = try features(
        of: items, model, threads: request.threads, progress: progress, cancellation: cancellation)
      return SeenFeatures(model: model.name, values: features.values, featureCount: count)
    }
    guard let record = try catalog.newestModelVersion(forDataset: version.dataset) else {
      return nil
    }
    let model = try load(record)
    let count = try FeatureExtractor(
      layers: model.network.backbone, tensors: model.stateDict, preprocessing: model.preprocessing,
      limits: limits
    ).featureCount
    let cache = try activationCache(of: model.network.backbone, model, featureCount: count)
    var values = [Float](repeating: 0, count: items.count * count)
    let isComplete = values.withUnsafeMutableBufferPointer { values in
      items.enumerated().allSatisfy { row, item in
        cache.read(
          item.digest,
          into: UnsafeMutableBufferPointer(rebasing: values[row * count..<(row + 1) * count]))
      }
    }
    return isComplete
      ? SeenFeatures(model: model.name, values: values, featureCount: count) : nil
  }

  /// Pairs of images whose features point in nearly the same direction.
  ///
  /// Two signatures propose pairs, the cosine decides.
  ///
  /// - Complexity: O(*N* *F*) for images that differ.
  private func similarFeatures(
    _ values: [Float], featureCount: Int, minimum: Double, cancellation: Cancellation
  ) throws -> [(first: Int, second: Int, cosine: Double)] {
    /// An angle of 45 degrees changes as many bits of 64.
    let maximumDistance = 16
    let directions = FeatureDirections(of: values, featureCount: featureCount)
    var cosines: [Int: [Int: Double]] = [:]
    for stream in 0..<2 {
      try cancellation.check()
      let signatures = directions.signatures(stream: stream)
      let index = HashIndex(signatures)
      for (row, signature) in signatures.enumerated() {
        try cancellation.check()
        index.forEachNeighbour(of: signature, within: maximumDistance, perQuarter: 1) { group, _ in
          // Rows with the same signature are compared by way of the first of them.
          let other = index.groups[group][0]
          guard other < row, cosines[other]?[row] == nil else { return }
          let cosine = directions.cosine(other, row)
          if cosine >= minimum { cosines[other, default: [:]][row] = cosine }
        }
      }
    }
    return cosines.flatMap { first, others in
      others.map { (first: first, second: $0.key, cosine: $0.value) }
    }.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}

extension CheckThresholds {
  /// - Throws: `malformed_request` when a threshold is none.
  func check() throws(RegistryError) {
    let shares = [
      (correlation, "--correlation"), (cosine, "--cosine"), (dark, "--dark"),
      (overexposed, "--overexposed"), (grey, "--grey"),
    ]
    for (value, option) in shares where !(0...1).contains(value) {
      throw RegistryError(
        .malformedRequest, "\(value) is no threshold.", place: .subject(option),
        remedy: "Give a number from 0 to 1.")
    }
    for (value, option) in [(blurred, "--blurred"), (aspect, "--aspect"), (Double(tiny), "--tiny")]
    where !(value >= 0 && value.isFinite) {
      throw RegistryError(
        .malformedRequest, "\(value) is no threshold.", place: .subject(option),
        remedy: "Give 0 or a positive number.")
    }
  }
}
