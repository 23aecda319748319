private import Catalog
public import Diagnostics
private import ModelFiles
private import Networks
private import Tensors

extension Registry {
  /// Proves that the layers that a model's freeze plan, and those of its bases, call frozen are the
  /// base's bit for bit, along the whole chain back to the imported file.
  ///
  /// The bytes of all tensors on the way are read again. Where the file that the oldest version was
  /// imported from is still there, its tensors are compared too.
  ///
  /// - Throws: `unknown_model`, `interrupted`, what reading the file reports. What does not hold is
  ///   an answer.
  public func proveFrozen(
    _ reference: String, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> FrozenProof {
    var records = [try catalog.modelVersion(try Reference(parsing: reference))]
    while let baseID = records.last?.baseID {
      records.append(try catalog.modelVersion(id: baseID))
    }
    var reading = TensorReading(progress: progress, cancellation: cancellation)
    var edges: [FrozenProof.Edge] = []
    var problems: [String] = []
    var origin: FrozenProof.Origin?
    var base: LoadedModel?
    // From the oldest on, so that only two versions are open at a time.
    for record in records.reversed() {
      let damaged = try catalog.snapshot { try $0.damagedRecords(ofModelVersion: record.id) }
      problems += damaged.map { "\(record.reference): \($0)" }
      let model: LoadedModel
      do {
        model = try load(record)
      } catch let error as RegistryError
        where error.code == .deleted || error.code.category == .corrupt
      {
        problems.append(error.message)
        break
      }
      problems += try faults(of: model, &reading)
      if let base {
        let step = FrozenStep(from: base, to: model)
        edges.append(step.edge)
        problems += step.problems
      } else {
        let (found, faults) = try self.origin(of: model)
        origin = found
        problems += faults
      }
      base = model
    }
    let last = records[0].reference
    return FrozenProof(
      model: last.name, version: last.version, isProven: problems.isEmpty, edges: edges,
      origin: origin
        ?? .init(
          model: ModelName(model: last.name, version: last.version),
          kind: records[records.count - 1].origin.rawValue),
      tensors: reading.tensorCount, bytes: reading.byteCount, problems: problems)
  }

  /// What of a version itself is not as it should be.
  private func faults(
    of model: LoadedModel, _ reading: inout TensorReading
  ) throws -> [String] {
    var problems = try reading.damagedTensors(of: model).map {
      "The bytes of the tensor \($0) of \(model.name) no longer have their digest."
    }
    let report = LoadReport(of: model.stateDict, in: model.network)
    problems += report.differences(limit: .max).map { "The tensors of \(model.name): \($0)." }
    if !model.freezePlan.covers(model.network) {
      problems.append("The freeze plan of \(model.name) does not name the layers that it has.")
    }
    return problems
  }

  /// The file of an import, compared with what was imported.
  private func origin(
    of model: LoadedModel
  ) throws -> (origin: FrozenProof.Origin, problems: [String]) {
    var origin = FrozenProof.Origin(model: model.name, kind: model.record.origin.rawValue)
    let source = try CanonicalJSON.value(
      ModelSource.self, from: model.record.source, subject: "\(model.name)")
    guard let path = source.file else { return (origin, []) }
    origin.file = path
    let tensors: StateDict
    do {
      let file = try ModelFileReader.read(path: path, limits: limits)
      tensors = try model.network.load(file.stateDict.withPresentNames())
    } catch {
      if error.code == .noSuchFile {
        origin.state = .absent
        return (origin, [])
      }
      guard error.code.category == .badInput else { throw error }
      origin.state = .different
      return (origin, ["\(path) is not the file that \(model.name) was imported from."])
    }
    let differing = model.network.tensors.map(\.name).filter {
      tensors[$0]?.digest() != model.digests[$0]
    }
    origin.state = differing.isEmpty ? .identical : .different
    return (
      origin, differing.map { "The tensor \($0) of \(path) is not the one of \(model.name)." }
    )
  }
}

/// What a child says that it took from its base, compared with what it has.
struct FrozenStep {
  private(set) var edge: FrozenProof.Edge
  private(set) var problems: [String] = []

  init(from base: LoadedModel, to child: LoadedModel) {
    let comparison = LayerComparison(
      from: base.network, base.digests, labels: base.labels, to: child.network, child.digests,
      labels: child.labels)
    let changed = child.freezePlan.changedTensors(
      of: child.network, child.digests, from: base.digests)
    problems = changed.map {
      "\(child.name) says that it froze \($0.tensor), which is not that of \(base.name)."
    }
    let frozenCount = child.freezePlan.frozenLayers.count
    edge = FrozenProof.Edge(
      base: base.name, child: child.name, frozenLayers: frozenCount,
      identicalLayers: frozenCount - Set(changed.map(\.layer)).count,
      inheritedLayers: comparison.count(.same),
      retrainedLayers: comparison.count(.retrained), addedLayers: comparison.count(.added),
      droppedLayers: comparison.count(.dropped))
    let record = child.record
    let recorded = [
      record.inheritedLayers, record.retrainedLayers, record.addedLayers, record.droppedLayers,
    ]
    let counted = [
      edge.inheritedLayers, edge.retrainedLayers, edge.addedLayers, edge.droppedLayers,
    ]
    if recorded != counted {
      problems.append(
        "\(child.name) was recorded with \(Self.words(recorded)), and has \(Self.words(counted)).")
    }
  }

  private static func words(_ counts: [Int]) -> String {
    zip(counts, ["inherited", "retrained", "added", "dropped"]).map { "\($0) \($1)" }
      .joined(separator: ", ") + " layers"
  }
}
