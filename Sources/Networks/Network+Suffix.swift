extension Network {
  /// The layers after some leading ones, as a network of their own: what they read of the last
  /// leading layer is ``inputName``.
  ///
  /// - Precondition: the others are not read, as ``FreezePlan/frozenPrefix(of:)`` sees to.
  package func suffix(after prefix: [Layer]) -> [Layer] {
    guard let last = prefix.last?.name else { return layers }
    return layers.dropFirst(prefix.count).map { layer in
      Layer(
        layer.name, layer.operation,
        inputs: layer.inputs.map { $0 == last ? Self.inputName : $0 })
    }
  }
}
