private import Networks

extension Registry {
  /// The architectures that model files may have and networks are made from.
  public static func architectures() throws -> [ArchitectureSummary] {
    try Architecture.all.map { architecture in
      let labels = 1000
      let network = architecture.network(labels: labels)
      return ArchitectureSummary(
        architecture: architecture.name, parameters: network.parameterCount,
        multiplyAdds: try network.multiplyAdds(input: architecture.inputShape),
        input: [architecture.inputHeight, architecture.inputWidth], labels: labels,
        layers: network.layersWithTensors.count)
    }
  }
}
