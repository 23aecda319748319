extension Network {
  /// The layers after some leading ones, as a network of their own: what they read of the last
  /// leading layer is ``inputName``.
  ///
  /// - Precondition: the others are not read, as ``FreezePlan/frozenPrefix(of:)`` sees to.
  package func suffix(after prefix: [Layer]) -> [Layer] {
    guard let last = prefix.last?.name else { return layers }
    return layers.dropFirst(prefix.count).map { $0.reading(Self.inputName, insteadOf: last) }
  }

  /// The head as a network of its own, which reads the features.
  package func headReadingInput() -> [Layer] {
    head.map { $0.reading(Self.inputName, insteadOf: featureLayer) }
  }
}

extension Layer {
  fileprivate func reading(_ name: String, insteadOf former: String) -> Layer {
    Layer(self.name, operation, inputs: inputs.map { $0 == former ? name : $0 })
  }
}
