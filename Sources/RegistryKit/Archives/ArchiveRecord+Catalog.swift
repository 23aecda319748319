package import Catalog
package import Diagnostics
package import Tensors

extension ArchiveRecord.Name {
  package init(_ version: NamedVersion) {
    self.init(name: version.name, version: version.version)
  }

  /// `NAME@VERSION`.
  package var text: String { "\(name)@\(version)" }
}

extension ArchiveRecord.Image {
  package init(_ image: ImageRecord) {
    let digits = String(image.perceptualHash, radix: 16)
    self.init(
      digest: image.digest, byteCount: image.byteCount, width: image.width, height: image.height,
      format: image.format, channels: image.channels, bitDepth: image.bitDepth,
      orientation: image.orientation, hasAlpha: image.hasAlpha,
      hasColorProfile: image.hasColorProfile,
      perceptualHash: String(repeating: "0", count: 16 - digits.utf8.count) + digits,
      warning: image.warning)
  }

  /// The record as the catalogue keeps it; `nil` when a number is out of its range.
  package func record(limits: InputLimits) -> ImageRecord? {
    guard let hash = UInt64(perceptualHash, radix: 16), (1...8).contains(orientation),
      (0...limits.maximumImageBytes).contains(byteCount), width > 0, height > 0,
      width <= limits.maximumPixels / height, (1...4).contains(channels),
      (1...16).contains(bitDepth), ["png", "jpeg"].contains(format)
    else { return nil }
    return ImageRecord(
      digest: digest, byteCount: byteCount, width: width, height: height, format: format,
      channels: channels, bitDepth: bitDepth, orientation: orientation, hasAlpha: hasAlpha,
      hasColorProfile: hasColorProfile, perceptualHash: hash, warning: warning)
  }
}

extension ArchiveRecord.DatasetVersion {
  package init(_ version: DatasetVersionRecord, removed: Int, added: Int) {
    let fractions = version.fractions
    self.init(
      dataset: version.dataset, version: version.version, seed: version.seed,
      fractions: [fractions.train, fractions.validation, fractions.test],
      isMultiLabel: version.isMultiLabel, images: version.imageCount, removed: removed,
      added: added,
      createdAt: version.createdAt.microseconds)
  }
}

extension ArchiveRecord.Addition {
  package init(_ item: DatasetItem) {
    self.init(
      image: item.digest, labels: item.labels, split: item.split.rawValue, path: item.sourcePath,
      group: item.group)
  }

  /// The item; `nil` if the split is none.
  package var item: DatasetItem? {
    Split(rawValue: split).map {
      DatasetItem(digest: image, labels: labels, split: $0, sourcePath: path, group: group)
    }
  }
}

extension ArchiveRecord.Run {
  /// A run that has ended.
  package init(_ run: RunRecord, endedAt: Timestamp, points: Int) {
    self.init(
      id: run.id, kind: run.kind.rawValue, state: run.state.rawValue, model: run.model,
      base: run.base.map(ArchiveRecord.Name.init),
      datasets: run.datasets.map(ArchiveRecord.Name.init), parameters: run.parameters,
      seed: run.seed, host: run.host, program: run.program, message: run.message, points: points,
      startedAt: run.startedAt.microseconds, endedAt: endedAt.microseconds)
  }
}

extension ArchiveRecord.Point {
  package init(_ point: MetricPoint) {
    self.init(step: point.step, time: point.time.microseconds, value: point.valueBits)
  }

  /// The point of a metric; `nil` when the bits are none.
  package func point(of key: String) -> MetricPoint? {
    guard value.utf8.count == 16, let bits = UInt64(value, radix: 16) else { return nil }
    let point = MetricPoint(
      key: key, step: step, value: Double(bitPattern: bits), time: Timestamp(microseconds: time))
    return point.valueBits == value ? point : nil
  }
}

extension ArchiveRecord.ModelVersion {
  package init(_ version: ModelVersionRecord, groups: [[NamedTensor]]) {
    func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
    self.init(
      model: version.model, version: version.version, origin: version.origin.rawValue,
      architecture: version.architecture, backbone: digest(version.backbone),
      head: digest(version.head), labels: digest(version.labels),
      preprocessing: digest(version.preprocessing), freezePlan: digest(version.freezePlan),
      source: digest(version.source), base: version.base.map(ArchiveRecord.Name.init),
      run: version.runID, datasets: version.datasets.map(ArchiveRecord.Name.init),
      parameters: version.parameterCount, inheritedLayers: version.inheritedLayers,
      retrainedLayers: version.retrainedLayers, addedLayers: version.addedLayers,
      droppedLayers: version.droppedLayers, sharedBytes: version.sharedBytes,
      newBytes: version.newBytes, groups: groups.map { CatalogSnapshot.digest(ofGroup: $0) },
      createdAt: version.createdAt.microseconds)
  }

  /// `NAME@VERSION`.
  package var name: ArchiveRecord.Name { .init(name: model, version: version) }
}

extension ArchiveRecord.Signature {
  package init(_ signature: SignatureRecord, under statement: Digest, of name: ModelName) {
    self.init(
      model: name.model, version: name.version, statement: statement,
      publicKey: Hexadecimal.text(of: signature.publicKey),
      signature: Hexadecimal.text(of: signature.signature),
      signedAt: signature.signedAt.microseconds)
  }

  /// The signature; `nil` when the digits are none.
  package var record: SignatureRecord? {
    guard let key = Hexadecimal.bytes(of: publicKey), let bytes = Hexadecimal.bytes(of: signature),
      key.count == 32, bytes.count == 64
    else { return nil }
    return SignatureRecord(
      publicKey: key, signature: bytes, signedAt: Timestamp(microseconds: signedAt))
  }
}

extension ArchiveRecord.Recall {
  package init(_ recall: RecallRecord) {
    self.init(
      model: recall.version.name, version: recall.version.version, reason: recall.reason,
      recalledAt: recall.recalledAt.microseconds, undoneAt: recall.undoneAt?.microseconds,
      undoReason: recall.undoReason)
  }

  /// The recall; `nil` when it ends before it begins, or for a reason without ending.
  package var draft: RecallDraft? {
    guard !reason.isEmpty, undoneAt.map({ $0 >= recalledAt }) ?? (undoReason == nil) else {
      return nil
    }
    return RecallDraft(
      reason: reason, recalledAt: Timestamp(microseconds: recalledAt),
      undoneAt: undoneAt.map(Timestamp.init(microseconds:)), undoReason: undoReason)
  }
}

extension ArchiveRecord {
  /// The record with other names of models and datasets.
  package func renamed(_ newName: (String) -> String) -> ArchiveRecord {
    func renamed(_ names: [Name]) -> [Name] { names.map { renamed($0) } }
    func renamed(_ name: Name) -> Name { Name(name: newName(name.name), version: name.version) }
    switch self {
    case .datasetVersion(var value):
      value.dataset = newName(value.dataset)
      return .datasetVersion(value)
    case .run(var value):
      value.model = newName(value.model)
      value.base = value.base.map { renamed($0) }
      value.datasets = renamed(value.datasets)
      return .run(value)
    case .modelVersion(var value):
      value.model = newName(value.model)
      value.base = value.base.map { renamed($0) }
      value.datasets = renamed(value.datasets)
      return .modelVersion(value)
    case .alias(var value):
      value.model = newName(value.model)
      return .alias(value)
    case .annotation(var value):
      if value.kind != Subject.Kind.run.rawValue { value.name = newName(value.name) }
      return .annotation(value)
    case .signature(var value):
      value.model = newName(value.model)
      return .signature(value)
    case .recall(var value):
      value.model = newName(value.model)
      return .recall(value)
    case .image, .removed, .added, .document, .pack, .group, .points: return self
    }
  }
}
