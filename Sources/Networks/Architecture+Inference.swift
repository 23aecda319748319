package import Diagnostics
private import Tensors

extension RegistryError.Code {
  /// The tensors of a file fit no known architecture, or several.
  package static let undeterminedArchitecture = Self("undetermined_architecture", .badInput)
}

extension Architecture {
  /// The plan that a file's tensors belong to, from their names and shapes.
  ///
  /// The backbone decides; the layer that classifies may have any number of outputs.
  ///
  /// - Throws: `undetermined_architecture` when none fits, or several that differ in what no
  ///   tensor shows.
  package static func inferred(
    from stateDict: StateDict
  ) throws(RegistryError) -> Architecture {
    let matches = all.filter { $0.backboneFits(stateDict) }
    guard let first = matches.first else {
      throw undetermined(
        "The architecture cannot be told from the tensors"
          + (stateDict.names.first.map { " (the first is \($0))" } ?? "") + ".",
        known: all)
    }
    guard matches.count == 1 else {
      throw undetermined(
        "The tensors fit \(matches.map(\.name).joined(separator: " and ")), which compute "
          + "differently.", known: matches)
    }
    return first
  }

  /// The graph for a file's tensors, with as many outputs as these have.
  ///
  /// A head with a hidden layer has the names that ``HeadSpecification`` gives it; its dropout,
  /// which no tensor shows, is zero.
  ///
  /// - Throws: `wrong_architecture` when the layer that classifies is not among them.
  package func network(for stateDict: StateDict) throws(RegistryError) -> Network {
    if classifierKind == .linear, let hidden = stateDict["\(classifier).0.weight"]?.shape,
      let last = stateDict["\(classifier).3.weight"]?.shape, hidden.rank == 2, last.rank == 2
    {
      do {
        return try HeadSpecification(labels: last[0], hidden: hidden[0])
          .network(on: network(labels: 1))
      } catch {
        throw LoadReport(of: stateDict, in: network(labels: 1)).refusal(of: self.name)
      }
    }
    let name = "\(classifier).weight"
    let rank = classifierKind == .linear ? 2 : 4
    guard let weight = stateDict[name], weight.shape.rank == rank,
      (1...Operation.maximumExtent).contains(weight.shape[0])
    else { throw LoadReport(of: stateDict, in: network(labels: 1)).refusal(of: self.name) }
    return network(labels: weight.shape[0])
  }

  private func backboneFits(_ stateDict: StateDict) -> Bool {
    let network = network(labels: 1)
    let tensors = network.backbone.flatMap(\.tensors)
    guard let first = tensors.first, stateDict[first.name]?.shape == first.shape else {
      return false
    }
    let report = LoadReport(of: stateDict, in: tensors)
    return report.missing.isEmpty && report.mismatched.isEmpty
      && report.unused.allSatisfy { $0.hasPrefix("\(classifier).") }
  }

  private static func undetermined(
    _ message: String, known: [Architecture]
  ) -> RegistryError {
    RegistryError(
      .undeterminedArchitecture, message,
      remedy: "Pass --architecture with one of: "
        + "\(known.map(\.name).joined(separator: ", ")).")
  }
}
